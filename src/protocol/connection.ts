import type { Moment } from "../bytes/moment.js";
import type { Span } from "../bytes/span.js";
import { type DeflateAgreement, type DeflateSide, deflateAgreement, USUAL_AGREEMENT } from "./deflate-agreement.js";
import type { Extension } from "./extensions.js";
import { type Frame, frameLength, type Sender } from "./frame.js";
import type { Gap, ReaderHost, ReadFrame, Resumption } from "./frame-reader.js";
import { compressionIn, type HandshakeEvent, handshakeOf, isInterim, switchesProtocols } from "./handshake.js";
import type { HttpHead } from "./http-head.js";
import type { InflateError } from "./inflation.js";
import {
  type FramePlace,
  type Message,
  MessageAssembler,
  type Rsv1Guess,
  type Rsv1Meaning,
} from "./message-assembler.js";
import { OPCODE } from "./opcode.js";
import { type Ping, Pings, type RoundTrip } from "./pings.js";
import type { Utf8Error } from "./text-check.js";

/** A frame, and what it is to the connection. These are facts; what the RFC forbids about them is for the rules to say. */
export interface FrameEvent {
  /** Number of the connection in the input, from 0. */
  readonly stream: number;
  readonly sender: Sender;
  /** False when the sender was only told from the MASK bit. */
  readonly senderKnown: boolean;
  /** Frame number in the connection, from 0, both senders counted together. */
  readonly index: number;
  readonly frame: Frame;
  /** When and where in a capture the frame began, and was complete; `null` where the input does not say. */
  readonly began: Moment | null;
  readonly at: Moment | null;
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
  /** The message that the frame gave up by beginning another. */
  readonly interrupted: Message | null;
  /** Whether the frame belongs to a compressed message (RFC 7692). */
  readonly compressed: boolean;
  /** What RSV1 meant when the frame began. */
  readonly rsv1Meaning: Rsv1Meaning;
  /** Whether an extension was agreed that is not known here, and may give RSV bits a meaning. */
  readonly otherExtensions: boolean;
  /** Set where the frame decides whether RSV1 meant compression, which nothing had said. */
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
  /** The masking key is the one of this sender's frame before it. */
  readonly keyReused: boolean;
  /** The sender had sent a Close frame before. */
  readonly afterClose: boolean;
  /** A pong whose payload is that of no ping before it, though the other sender's frames are here. */
  readonly pongUnmatched: boolean;
  /** Bytes that are missing inside the frame, or before it. */
  readonly gap: Gap | null;
  /** Whether a gap before it leaves it open what message it belongs to. */
  readonly uncertain: boolean;
  /** Set on the first frame behind a gap. */
  readonly resumed: Resumption | null;
}

/** One sender of a connection has nothing more to say. */
export interface EndEvent {
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
  /** Set where it stayed open whether RSV1 compresses that message. */
  readonly rsv1Guess: Rsv1Guess | null;
  /** Pings that no pong answered; none where the other sender's frames are not here. */
  readonly unansweredPings: readonly Ping[];
  /** Bytes that are missing, and no frame came behind them. */
  readonly gap: Gap | null;
}

/** A Close frame that a sender sent. */
export interface CloseSent {
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
  readonly close: CloseSent | null;
}

/** A connection is over, or the input is. */
export interface ClosedEvent {
  readonly stream: number;
  /** What each sender's part came to; `null` for one whose bytes are not here. */
  readonly totals: Readonly<Record<Sender, SenderTotals | null>>;
  /** The Close frames, at most one of each sender, in the order read. */
  readonly closes: readonly CloseSent[];
}

/** Receives what happens on a connection, in the order read. */
export interface ConnectionSink {
  handshake(event: HandshakeEvent): void;
  frame(event: FrameEvent): void;
  end(event: EndEvent): void;
  closed(event: ClosedEvent): void;
}

export interface ConnectionOptions {
  /** Number of the connection in the input. */
  readonly stream: number;
  /** Bytes of one payload that are kept; the rest is validated and counted. */
  readonly keep: number;
  /** Bytes after which a message that inflates out of proportion is not inflated on; 16 MiB when left out. */
  readonly inflateLimit?: number;
  /** The extensions that were agreed, though no handshake is there; `null` or left out: not known. */
  readonly extensions?: readonly Extension[] | null;
  /** When and where the bytes stood in a capture that are read now. */
  readonly now?: () => Moment | null;
  /** Whether messages keep the compressed payload that they had on the wire. */
  readonly leaveCompressed?: boolean;
}

const USUAL_INFLATE_LIMIT = 16 * 1024 * 1024;

/** What a connection remembers of one sender. */
class Direction {
  bytes = 0;
  bodyBytes = 0;
  frameBytes = 0;
  frames = 0;
  messages = 0;
  compressedMessages = 0;
  compressedBytes = 0;
  inflatedBytes = 0;
  pingsSent = 0;
  gap: Gap | null = null;
  close: CloseSent | null = null;
  /** Masking key of the frame before, `null` when that was not masked. */
  lastKey: number | null = null;
  readonly pings: Pings = new Pings();
  readonly assembler: MessageAssembler;
  readonly sender: Sender;

  constructor(sender: Sender, assembler: MessageAssembler) {
    this.sender = sender;
    this.assembler = assembler;
  }
}

/** The handshake, frames and messages of one connection, from one byte stream of both senders or from one of each. */
export class Connection {
  readonly #sink: ConnectionSink;
  readonly #options: ConnectionOptions;
  readonly #directions: Readonly<Record<Sender, Direction>>;
  readonly #closes: CloseSent[] = [];
  readonly #now: () => Moment | null;
  #frames = 0;
  #messages = 0;
  #rsv1: Rsv1Meaning = "unknown";
  #agreement: DeflateAgreement = USUAL_AGREEMENT;
  /** Whether an extension was agreed that may give RSV2 and RSV3 a meaning. */
  #otherExtensions = false;
  /** The request that no response has answered yet, and the client's frames since. */
  #request: HttpHead | null = null;
  #early: Span | null = null;
  #interim: HttpHead[] = [];
  #requestKnown = false;
  #askedAt: Moment | null = null;
  #switched = false;
  /** Whether bytes of either sender are missing. */
  #lossy = false;
  #subprotocol: string | null = null;

  constructor(sink: ConnectionSink, options: ConnectionOptions) {
    this.#sink = sink;
    this.#options = options;
    this.#now = options.now ?? (() => null);
    const { keep, inflateLimit = USUAL_INFLATE_LIMIT, leaveCompressed = false, extensions = null } = options;
    const assembler = (): MessageAssembler => new MessageAssembler({ keep, inflateLimit, leaveCompressed });
    this.#directions = { client: new Direction("client", assembler()), server: new Direction("server", assembler()) };
    if (extensions !== null) this.#agree(extensions);
  }

  /** Whether a request that comes now begins another connection: this one has frames, or waits for a response, or had its 101. */
  get begun(): boolean {
    return this.#frames > 0 || this.#request !== null || this.#switched;
  }

  /** Bytes of one payload that are kept. */
  get keep(): number {
    return this.#options.keep;
  }

  /** An HTTP head was read (RFC 6455 §4). */
  head(head: HttpHead): void {
    const sender = head.kind === "request" ? "client" : "server";
    this.#directions[sender].bytes += head.length;
    if (head.kind === "request") {
      this.#giveUpRequest();
      this.#request = head;
      this.#askedAt = this.#now();
      return;
    }
    if (isInterim(head)) {
      this.#interim.push(head);
      return;
    }
    const event = this.#takeHandshake(head);
    this.#switched = switchesProtocols(head);
    this.#subprotocol = event.subprotocol;
    if (this.#switched) this.#agree(event.extensions);
    this.#sink.handshake(event);
  }

  /** Bytes of a sender were read that are the body of an HTTP message. */
  body(sender: Sender, bytes: number): void {
    this.#directions[sender].bytes += bytes;
    this.#directions[sender].bodyBytes += bytes;
  }

  /** Bytes of a sender are missing, and no frame came behind them. */
  lost(sender: Sender, gap: Gap): void {
    this.#directions[sender].gap = gap;
  }

  /**
   * What a reader of this connection's frames needs.
   *
   * @param senderKnown whether the sender of its frames is not only told by the MASK bit
   */
  reading(senderKnown: boolean): ReaderHost {
    const directions = this.#directions;
    const rsv1 = (): Rsv1Meaning => this.#rsv1;
    return {
      get rsv1() {
        return rsv1();
      },
      assembler: (sender) => directions[sender].assembler,
      deflateSide: (sender): DeflateSide => this.#agreement[sender],
      now: () => this.#now(),
      lost: () => {
        this.#lossy = true;
      },
      began: (sender) => this.#began(sender),
      nextIndex: () => this.#frames++,
      ended: (frame, sender, read) => this.#ended(frame, directions[sender], senderKnown, read),
    };
  }

  /** Says that all byte streams are over (each reader's `end` comes first). */
  end(): void {
    const { stream } = this.#options;
    this.#giveUpRequest();
    const { client, server } = this.#directions;
    for (const direction of [client, server]) {
      const { sender, bytes, bodyBytes, frameBytes, frames, messages, assembler, gap } = direction;
      if (bytes === 0) continue;
      const rsv1Guess = assembler.undecided;
      const unansweredPings = this.#unanswered(direction);
      const openMessage = assembler.giveUp();
      const counts = { bytes, bodyBytes, frameBytes, frames, messages };
      this.#sink.end({ stream, sender, ...counts, openMessage, rsv1Guess, unansweredPings, gap });
    }
    const totals = { client: this.#totals(client), server: this.#totals(server) };
    this.#sink.closed({ stream, totals, closes: this.#closes });
  }

  #totals(direction: Direction): SenderTotals | null {
    const { bytes, frames, messages, compressedMessages, compressedBytes, inflatedBytes, pingsSent, close } = direction;
    if (bytes === 0) return null;
    const counts = { frames, messages, compressedMessages, compressedBytes, inflatedBytes };
    const unanswered = this.#unanswered(direction).length + (this.#lossy ? 0 : direction.pings.forgotten);
    return { ...counts, pings: pingsSent, unansweredPings: unanswered, roundTrip: direction.pings.roundTrip, close };
  }

  /** A sender's pings without a pong; none where the other sender's frames are not all here. */
  #unanswered({ sender, pings }: Direction): readonly Ping[] {
    return this.#other(sender).frames > 0 && !this.#lossy ? pings.waiting : [];
  }

  /** What RSV1 means from now on (RFC 7692 §6). */
  #agree(extensions: readonly Extension[]): void {
    const agreement = compressionIn(extensions);
    const others = extensions.some((extension) => deflateAgreement(extension) === null);
    this.#otherExtensions = others;
    this.#rsv1 = agreement !== null ? "agreed" : others ? "other" : "none";
    this.#agreement = agreement ?? USUAL_AGREEMENT;
    for (const { assembler } of Object.values(this.#directions)) assembler.agree();
  }

  /** The request that waits gets no response any more. */
  #giveUpRequest(): void {
    if (this.#request === null) return;
    const known = this.#requestKnown;
    const event = this.#takeHandshake(null);
    if (!known) this.#sink.handshake(event);
  }

  /** The handshake that waits, with its response or without. */
  #takeHandshake(response: HttpHead | null): HandshakeEvent {
    const early = response === null ? null : this.#early;
    const event = this.#handshake(response, early, this.#requestKnown);
    this.#request = null;
    this.#requestKnown = false;
    this.#early = null;
    this.#interim = [];
    return event;
  }

  #handshake(response: HttpHead | null, early: Span | null, requestKnown: boolean): HandshakeEvent {
    const { stream } = this.#options;
    const agreed = handshakeOf(stream, this.#request, response, early);
    const askedAt = this.#request === null ? null : this.#askedAt;
    return { ...agreed, interim: this.#interim, requestKnown, askedAt, at: this.#now() };
  }

  #other(sender: Sender): Direction {
    return this.#directions[sender === "client" ? "server" : "client"];
  }

  /** A frame of the server shows that its response is not here; before a client's, the request stands by itself. */
  #began(sender: Sender): void {
    if (sender === "server") this.#giveUpRequest();
    else if (this.#request !== null && !this.#requestKnown) {
      this.#requestKnown = true;
      this.#sink.handshake(this.#handshake(null, null, false));
    }
  }

  /** Follows pings and their answers; says whether a pong answers none. */
  #follow(frame: Frame, direction: Direction, index: number, control: Uint8Array): boolean {
    // After a Close frame of its own, a sender's pings need no answer.
    if (frame.opcode === OPCODE.ping && direction.close === null) {
      direction.pingsSent++;
      const time = this.#now()?.time ?? null;
      direction.pings.sent({ index, offset: frame.offset, length: frameLength(frame), time }, keyOf(control));
    }
    if (frame.opcode !== OPCODE.pong) return false;
    const other = this.#other(direction.sender);
    return !other.pings.answered(keyOf(control), this.#now()?.time ?? null) && other.frames > 0 && !this.#lossy;
  }

  /** A frame is over: what it is to the connection is put together and handed on. */
  #ended(frame: Frame, direction: Direction, senderKnown: boolean, read: ReadFrame): void {
    const { index, place } = read;
    const completes = frame.complete && (place === "whole" || place === "last");
    const event: FrameEvent = {
      stream: this.#options.stream,
      sender: direction.sender,
      senderKnown,
      index,
      frame,
      began: read.began,
      at: read.at,
      payload: read.payload,
      payloadOmitted: read.payloadOmitted,
      place,
      messageOpcode: read.messageOpcode,
      messageIndex: completes ? this.#messages++ : null,
      message: read.message,
      interrupted: read.interrupted,
      compressed: read.compressed,
      rsv1Meaning: read.rsv1Meaning,
      otherExtensions: this.#otherExtensions,
      rsv1Guess: read.rsv1Guess,
      subprotocol: this.#subprotocol,
      utf8Error: read.utf8Error,
      inflateError: read.inflateError,
      inflateLimit: read.inflateLimit,
      closeCode: read.closeCode,
      keyReused: frame.masked && frame.cutHeader === null && frame.maskingKey === direction.lastKey,
      afterClose: direction.close !== null,
      gap: read.gap,
      uncertain: read.uncertain,
      resumed: read.resumed,
      pongUnmatched: frame.complete && this.#follow(frame, direction, index, read.control),
    };
    if (completes) direction.messages++;
    if (read.message?.compressed) this.#countCompressed(direction, read.message);
    if (read.rsv1Guess?.compressed && this.#rsv1 === "unknown") this.#rsv1 = "assumed";
    this.#count(frame, direction);
    if (frame.opcode === OPCODE.close && frame.complete && direction.close === null) this.#closeSent(direction, read);
    this.#sink.frame(event);
  }

  #count(frame: Frame, direction: Direction): void {
    const length = frameLength(frame);
    direction.bytes += length;
    direction.frameBytes += length;
    direction.frames++;
    direction.lastKey = frame.masked ? frame.maskingKey : null;
    if (this.#request === null || direction.sender === "server") return;
    const { offset } = this.#early ?? frame;
    this.#early = { offset, length: frame.offset + length - offset };
  }

  #countCompressed(direction: Direction, { inflated, wirePayloadLength, payloadLength }: Message): void {
    direction.compressedMessages++;
    if (inflated !== "whole") return;
    direction.compressedBytes += wirePayloadLength;
    direction.inflatedBytes += payloadLength;
  }

  #closeSent(direction: Direction, { index, closeCode: code, control }: ReadFrame): void {
    direction.close = {
      sender: direction.sender,
      index,
      code,
      reason: control.subarray(2),
      bodyLength: control.length,
    };
    this.#closes.push(direction.close);
  }
}

/** The bytes of a control frame as a string, for comparing. */
function keyOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}
