import { ByteBuilder } from "../bytes/byte-builder.js";
import type { Span } from "../bytes/span.js";
import type { DeflateSide } from "./deflate/deflate-agreement.js";
import { type InflateError, MessageInflater } from "./deflate/message-inflater.js";
import { type Frame, frameLength, payloadOffset } from "./frame/frame.js";
import { isControl, OPCODE } from "./frame/opcode.js";
import { FrameNumbers } from "./frame-numbers.js";
import { TextCheck, type Utf8Error } from "./text-check.js";

/**
 * What a frame is to its sender's messages (RFC 6455 §5.4). An `unexpected-continuation` is a continuation with no message open;
 * a `reserved-opcode` one is a data frame with a reserved opcode, which belongs to no message.
 */
export type FramePlace =
  | "whole"
  | "first"
  | "middle"
  | "last"
  | "unexpected-continuation"
  | "control"
  | "reserved-opcode";

/**
 * What RSV1 means: compression, agreed or assumed; something of another extension's; nothing; or that is not known, since no
 * handshake is there.
 */
export type Rsv1Meaning = "agreed" | "assumed" | "other" | "none" | "unknown";

/** A message, or the part of it that is in the input. */
export interface Message {
  readonly opcode: number;
  /** The numbers of its frames in the connection. */
  readonly frames: FrameNumbers;
  /** Its first frame in the byte stream. */
  readonly firstFrame: Span;
  /** Whether its final fragment has come. */
  readonly complete: boolean;
  /** Whether it was compressed on its way (RFC 7692). */
  readonly compressed: boolean;
  /** Whether its payload is inflated: all of it, what came out up to a limit, or not at all. */
  readonly inflated: "whole" | "limited" | "no";
  /** Bytes of all its frames on the wire, headers included; and of their payloads. */
  readonly wireLength: number;
  readonly wirePayloadLength: number;
  /** Bytes of the payload: inflated, unless compressed messages are left as they are. */
  readonly payloadLength: number;
  /** The payload as far as it was kept. */
  readonly payload: Uint8Array;
  /** Bytes of the payload that were not kept. */
  readonly payloadOmitted: number;
}

/** What the end of a frame shows about its message. */
export interface FrameOutcome {
  /** The message that it completes; for a message of one frame that was not compressed, `null`. */
  readonly message: Message | null;
  /** Whether it belongs to a compressed message. */
  readonly compressed: boolean;
  readonly utf8Error: Utf8Error | null;
  readonly inflateError: InflateError | null;
  /** Bytes after which inflating was stopped at the limit, when that was in this frame. */
  readonly inflateLimit: number | null;
  /** Set on the frame that shows whether RSV1 means compression, where no handshake did. */
  readonly rsv1Guess: Rsv1Guess | null;
}

/** What RSV1 turned out to mean on a message without a handshake: the offset of the bit, and whether it meant compression. */
export interface Rsv1Guess {
  readonly offset: number;
  readonly compressed: boolean;
  /** Whether the whole message was in the input, and inflated. */
  readonly whole: boolean;
}

/** How a sender's messages are put together. */
export interface AssemblerOptions {
  /** Bytes of one message's payload that are kept. */
  readonly keep: number;
  /** Bytes after which a message that inflates out of proportion is inflated no further. */
  readonly inflateLimit: number;
  /** Whether compressed messages keep the payload that they had on the wire. */
  readonly leaveCompressed: boolean;
}

interface OpenMessage {
  readonly frames: FrameNumbers;
  wireLength: number;
  wirePayloadLength: number;
}

/** Puts one sender's fragments together, inflates what is compressed, and checks text as it comes. State is per direction. */
export class MessageAssembler {
  readonly #options: AssemblerOptions;
  readonly #wirePayload: ByteBuilder;
  /** Created for the first text that is not in a fast frame. */
  #textCheck: TextCheck | null = null;
  #inflater: MessageInflater | null = null;
  #open: OpenMessage | null = null;
  /** Of the message that is read, from its first frame on. */
  #opcode = 0;
  #firstFrame: Frame | null = null;
  #compression: "agreed" | "guessed" | null = null;
  /** Whether an unknown extension may have changed the payload, so that it need not be valid text. */
  #mayBeTransformed = false;
  #utf8Error: Utf8Error | null = null;
  #isLimitReported = false;
  #uncertain = false;
  /** Whether messages that later ones may copy from are missing. */
  #contextLost = false;
  /** Of the message before, which was given up while it was open whether it was compressed. */
  #previousGuess: Rsv1Guess | null = null;

  constructor(options: AssemblerOptions) {
    this.#options = options;
    this.#wirePayload = new ByteBuilder(options.keep);
  }

  /** Whether a whole message that comes now has nothing to do with those before it. */
  get isIdle(): boolean {
    return this.#open === null && !this.#uncertain && this.#previousGuess === null;
  }

  /** Opcode of the message that a data frame which begins now would belong to, `null` for none. */
  messageOpcode(frame: Frame): number | null {
    if (frame.opcode === OPCODE.continuation) return this.#open === null ? null : this.#opcode;
    return frame.opcode === OPCODE.text || frame.opcode === OPCODE.binary ? frame.opcode : null;
  }

  /** What a frame that begins now is to the messages, before {@link begin} changes what is open. */
  findPlace(frame: Frame): FramePlace {
    if (isControl(frame.opcode)) return "control";
    if (frame.opcode === OPCODE.continuation)
      return this.#open === null ? "unexpected-continuation" : frame.fin ? "last" : "middle";
    if (frame.opcode > OPCODE.binary) return "reserved-opcode";
    return frame.fin ? "whole" : "first";
  }

  /** Another way of compressing was agreed: what came before is no context for it. */
  resetCompression(): void {
    this.#inflater = null;
    this.#contextLost = false;
  }

  /** Whether a gap leaves it open what message the next frames belong to. */
  get uncertain(): boolean {
    return this.#uncertain;
  }

  /**
   * Bytes are missing behind the last frame: until a message begins, it is not known what frames belong to. The message that is
   * open may have ended in the gap, and another have begun: nothing is added to it any more ({@link abandonTornMessage}).
   */
  handleGap(): void {
    this.#uncertain = true;
    this.#contextLost = true;
    this.#inflater?.loseContext();
  }

  /**
   * A message begins. The one that is open is given up, and returned.
   *
   * @param otherExtensions whether an extension that is not known here may give RSV1 another meaning
   */
  begin(frame: Frame, rsv1: Rsv1Meaning, side: DeflateSide, otherExtensions: boolean): Message | null {
    const given = this.abandonMessage();
    const { opcode } = frame;
    // A fragment that was cut before it counted for a message leaves nothing to the next one.
    this.#wirePayload.take();
    this.#uncertain = false;
    this.#opcode = opcode;
    this.#firstFrame = frame;
    this.#utf8Error = null;
    this.#isLimitReported = false;
    this.#compression = classifyCompression(frame, rsv1);
    this.#mayBeTransformed = frame.rsv1 && otherExtensions;
    if (this.#compression !== null) {
      this.#inflater ??= this.#createInflater(side);
      this.#inflater.begin(opcode === OPCODE.text);
    }
    if (opcode === OPCODE.text) {
      this.#textCheck ??= new TextCheck();
      this.#textCheck.begin();
    }
    return given;
  }

  /** The undecided guess that RSV1 means compression, for the open or abandoned message, if no frame reported it yet. */
  get pendingGuess(): Rsv1Guess | null {
    if (this.#open === null || this.#compression !== "guessed" || this.#firstFrame === null) return this.#previousGuess;
    return { offset: this.#firstFrame.offset, compressed: true, whole: false };
  }

  /** The message whose final fragment has not come, as far as it is there; it is over with that. */
  abandonMessage(): Message | null {
    if (this.#open === null) return null;
    this.#previousGuess = this.pendingGuess;
    return this.#takeMessage(false);
  }

  /** The message that was open where bytes are missing, as far as it is there; `null` when none was. */
  abandonTornMessage(): Message | null {
    return this.#uncertain ? this.abandonMessage() : null;
  }

  #createInflater(side: DeflateSide): MessageInflater {
    const inflation = new MessageInflater(side, this.#options.keep, this.#options.inflateLimit);
    if (this.#contextLost) inflation.loseContext();
    return inflation;
  }

  /** Whether the payload's bytes are needed, not only their number, though none are kept. */
  needsPayload(frame: Frame, messageOpcode: number | null): boolean {
    return messageOpcode === OPCODE.text || (messageOpcode !== null && (this.#compression !== null || frame.rsv1));
  }

  /** A frame's payload was skipped. */
  skipPayload(frame: Frame, place: FramePlace): void {
    if (place !== "whole") this.#wirePayload.omit(frame.payloadReceived);
  }

  /** The next payload bytes of a data frame that belongs to a message. */
  payload(frame: Frame, place: FramePlace, bytes: Uint8Array, start: number, end: number): void {
    const compression = this.#compression;
    if (place !== "whole" || (compression !== null && this.#options.leaveCompressed))
      this.#wirePayload.append(bytes, start, end);
    const offset = payloadOffset(frame) + frame.payloadReceived - (end - start);
    if (compression !== null) this.#inflater?.push(bytes, start, end, offset);
    if (this.#opcode !== OPCODE.text || compression === "agreed" || this.#uncertain || this.#mayBeTransformed) return;
    this.#utf8Error ??= this.#textCheck?.push(bytes, start, end, offset, frame.offset) ?? null;
  }

  /** A frame of a compressed message begins. */
  announcePayload(frame: Frame): void {
    if (this.#compression !== null) this.#inflater?.announce(Number(frame.payloadLength));
  }

  /** A data frame that belongs to a message is over. */
  end(frame: Frame, place: FramePlace, index: number): FrameOutcome {
    const final = frame.complete && (place === "whole" || place === "last");
    if (final && this.#compression !== null) this.#inflater?.end(lastByteOffset(frame));
    if (final && !this.#uncertain && this.#compression !== "agreed" && this.#opcode === OPCODE.text)
      this.#utf8Error ??= this.#textCheck?.end() ?? null;
    const inflateError = this.#compression === null ? null : (this.#inflater?.takeError() ?? null);
    const rsv1Guess = this.#decideCompression(inflateError !== null, final, !frame.complete) ?? this.#previousGuess;
    this.#previousGuess = null;
    const beginsOne = frame.complete && (place !== "whole" || this.#compression !== null);
    if (beginsOne || this.#open !== null) this.#addFrame(frame, index);
    const compressed = this.#compression !== null;
    return {
      compressed,
      utf8Error: this.#takeUtf8Error(),
      inflateError: compressed ? inflateError : null,
      inflateLimit: compressed ? this.#takeLimit() : null,
      rsv1Guess,
      message: final && this.#open !== null ? this.#takeMessage(true) : null,
    };
  }

  /**
   * Decides about a message that was taken for a compressed one because of RSV1 alone: it was none when it does not inflate,
   * it was one when all that there is of it does.
   */
  #decideCompression(failed: boolean, whole: boolean, cut: boolean): Rsv1Guess | null {
    if (this.#compression !== "guessed" || this.#firstFrame === null || !(failed || whole || cut)) return null;
    this.#compression = failed ? null : "agreed";
    return { offset: this.#firstFrame.offset, compressed: !failed, whole: whole && this.#inflater?.limitedAt === null };
  }

  /** While it is unknown whether a message is compressed, nothing is reported about its text. */
  #takeUtf8Error(): Utf8Error | null {
    if (this.#compression === "guessed") return null;
    if (this.#compression === "agreed") return this.#inflater?.takeUtf8Error() ?? null;
    const error = this.#utf8Error;
    // Reported once: the rest of the message is not checked.
    this.#utf8Error = null;
    return error;
  }

  #takeLimit(): number | null {
    const limit = this.#compression === null ? null : (this.#inflater?.limitedAt ?? null);
    if (limit === null || this.#isLimitReported) return null;
    this.#isLimitReported = true;
    return limit;
  }

  #addFrame(frame: Frame, index: number): void {
    this.#open ??= { frames: new FrameNumbers(), wireLength: 0, wirePayloadLength: 0 };
    this.#open.frames.add(index);
    this.#open.wireLength += frameLength(frame);
    this.#open.wirePayloadLength += frame.payloadReceived;
  }

  #takeMessage(complete: boolean): Message | null {
    const { frames, wireLength, wirePayloadLength } = this.#open as OpenMessage;
    const first = this.#firstFrame as Frame;
    const compressed = this.#compression !== null;
    this.#open = null;
    const payloadOmitted = this.#wirePayload.omitted;
    const wire = { payload: this.#wirePayload.take(), payloadOmitted, payloadLength: wirePayloadLength };
    const inflated = compressed && !this.#options.leaveCompressed ? this.#inflater?.take() : undefined;
    return {
      opcode: this.#opcode,
      frames,
      firstFrame: { offset: first.offset, length: frameLength(first) },
      complete,
      compressed,
      wireLength,
      wirePayloadLength,
      inflated: inflated === undefined ? "no" : this.#inflater?.limitedAt === null ? "whole" : "limited",
      ...(inflated ?? wire),
    };
  }
}

function classifyCompression(frame: Frame, rsv1: Rsv1Meaning): "agreed" | "guessed" | null {
  if (!frame.rsv1 || rsv1 === "none" || rsv1 === "other") return null;
  if (rsv1 !== "unknown") return "agreed";
  // Other RSV bits without an extension make compression unlikely.
  return frame.rsv2 || frame.rsv3 ? null : "guessed";
}

/** Offset of a frame's last byte. */
function lastByteOffset(frame: Frame): number {
  return frame.offset + frameLength(frame) - 1;
}
