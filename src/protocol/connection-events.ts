import type { PacketTimestamp } from "../bytes/packet-timestamp.js";
import type { InflateError } from "./deflate/message-inflater.js";
import type { Frame, Sender } from "./frame/frame.js";
import type { Gap, Resumption } from "./gap.js";
import type { FramePlace, Message, Rsv1Guess, Rsv1Meaning } from "./message-assembler.js";
import type { Ping, RoundTrip } from "./pings.js";
import type { Utf8Error } from "./text-check.js";

/** A frame, and its role on the connection. These are facts; the rules decide what the RFC forbids about them. */
export interface FrameEvent {
  /** Number of the connection in the input, from 0. */
  readonly stream: number;
  readonly sender: Sender;
  /** False when the sender is only known by the MASK bit. */
  readonly senderKnown: boolean;
  /** Frame number in the connection, from 0, both senders counted together. */
  readonly index: number;
  readonly frame: Frame;
  /** When and where in a capture the frame began, and was complete; `null` where the input does not say. */
  readonly startedAt: PacketTimestamp | null;
  readonly at: PacketTimestamp | null;
  /** The unmasked payload as far as it was kept. */
  readonly payload: Uint8Array;
  /** Payload bytes that were there and not kept. */
  readonly payloadOmitted: number;
  readonly place: FramePlace;
  /** Opcode of the message that the frame belongs to, `null` for none. */
  readonly messageOpcode: number | null;
  /** Number of the message that the frame completes, in the connection, from 0; `null` when it completes none. */
  readonly messageIndex: number | null;
  /** The message that the frame completes, when it came in several fragments or was compressed. */
  readonly message: Message | null;
  /** The message that was given up: the frame begins another, or bytes before it are missing. */
  readonly abandonedMessage: Message | null;
  /** Whether the frame belongs to a compressed message (RFC 7692). */
  readonly compressed: boolean;
  /** What RSV1 meant when the frame began. */
  readonly rsv1Meaning: Rsv1Meaning;
  /**
   * Whether an extension was agreed that is not known here, and may give RSV bits a meaning; or may have been, in the part of
   * the response that is missing.
   */
  readonly mayHaveOtherExtensions: boolean;
  /** Set on the frame that shows whether RSV1 means compression, where no handshake did. */
  readonly rsv1Guess: Rsv1Guess | null;
  /** The subprotocol that the handshake chose; `null` where none was, or the handshake is not here. */
  readonly subprotocol: string | null;
  /** Where the message's text, or a Close frame's reason, stops being UTF-8. */
  readonly utf8Error: Utf8Error | null;
  /** Why the message does not inflate. */
  readonly inflateError: InflateError | null;
  /** Bytes after which inflating was stopped at the limit. */
  readonly inflateLimit: number | null;
  /** A Close frame's status code, `null` for other frames and where the body is shorter than 2 bytes. */
  readonly closeCode: number | null;
  /** The frame answers the other sender's Close with the status code of that (RFC 6455 §5.5.1). */
  readonly closeEchoed: boolean;
  /** The masking key is the one of this sender's frame before it; false where that frame is unknown, behind a gap. */
  readonly keyReused: boolean;
  /** The sender had sent a Close frame before. */
  readonly afterClose: boolean;
  /** A pong whose payload is that of no ping before it, though the other sender's frames are here. */
  readonly pongUnmatched: boolean;
  /** Bytes that are missing inside the frame, or before it. */
  readonly gap: Gap | null;
  /** Whether a gap before it leaves it open what message it belongs to. */
  readonly uncertain: boolean;
  /** Set on the first frame after a gap. */
  readonly resumption: Resumption | null;
}

/** The end of one sender's bytes. */
export interface SenderEndEvent {
  readonly stream: number;
  readonly sender: Sender;
  /** All its bytes: frames, HTTP heads, and what else there was. */
  readonly bytes: number;
  /** Those of them that are the body of an HTTP message, and neither head nor frames. */
  readonly bodyBytes: number;
  readonly frameBytes: number;
  readonly frames: number;
  /** Data messages that were completed. */
  readonly messages: number;
  /** The message whose final fragment did not come. */
  readonly openMessage: Message | null;
  /** Whether a gap leaves it open what became of that message. */
  readonly uncertain: boolean;
  /** Set where it stayed open whether RSV1 compresses that message. */
  readonly rsv1Guess: Rsv1Guess | null;
  /** Pings that no pong answered; none where the other sender's frames are not here. */
  readonly unansweredPings: readonly Ping[];
  /** A gap that no frame follows. */
  readonly gap: Gap | null;
}

/** A Close frame that a sender sent. */
export interface CloseFrame {
  readonly sender: Sender;
  readonly index: number;
  /** `null` when it has none. */
  readonly code: number | null;
  /** The reason's bytes, 123 at most. */
  readonly reason: Uint8Array;
  /** Bytes of its body: 1 is neither none nor a status code. */
  readonly bodyLength: number;
}

/** What one sender's part of a connection came to. */
export interface SenderTotals {
  readonly frames: number;
  readonly messages: number;
  readonly compressedMessages: number;
  /** Payload bytes of its compressed messages that were inflated: as they came, and inflated. */
  readonly compressedBytes: number;
  readonly inflatedBytes: number;
  readonly pings: number;
  readonly unansweredPings: number;
  /** How long the answers to its pings took; `null` where the input has no times. */
  readonly roundTrip: RoundTrip | null;
  /** Its first Close frame. */
  readonly close: CloseFrame | null;
}

/** How the TCP connection under it ended: a sender closed it first, or reset it, or it was open when the input was over. */
export type TcpEnd = { readonly kind: "closed" | "reset"; readonly by: Sender } | { readonly kind: "open" };

/** A connection is over, or the input is. */
export interface ConnectionEndEvent {
  readonly stream: number;
  /** What each sender's part came to; `null` for one whose bytes are not here. */
  readonly totals: Readonly<Record<Sender, SenderTotals | null>>;
  /** The Close frames, at most one of each sender, in the order read. */
  readonly closes: readonly CloseFrame[];
  /** Whether a 101 opened it, in the input. */
  readonly opened: boolean;
  /** How it ended; `null` where the input does not say. */
  readonly tcpEnd: TcpEnd | null;
  /** Whether bytes of a sender are missing in which frames may have been. */
  readonly framesLost: Readonly<Record<Sender, boolean>>;
}
