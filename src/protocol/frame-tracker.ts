import { ByteBuilder } from "../bytes/byte-builder.js";
import type { Moment } from "../bytes/packet-timestamp.js";
import type { DeflateSide } from "./deflate/deflate-agreement.js";
import type { FrameSink, OrdinaryReader } from "./frame/decoder.js";
import { type Frame, payloadOffset, type Sender } from "./frame/frame.js";
import { OPCODE } from "./frame/opcode.js";
import type { FrameOutcome, FramePlace, Message, MessageAssembler, Rsv1Meaning } from "./message-assembler.js";
import { TextCheck, type Utf8Error } from "./text-check.js";

/** Bytes of the stream that are missing in the input. */
export interface Gap {
  /** Of the first byte that is missing, in the byte stream. */
  readonly offset: number;
  readonly length: number;
}

/** How reading went on behind a gap. */
export interface Resumption {
  /** Bytes behind the gap that were left out, since they belong to no frame whose beginning is known. */
  readonly skipped: number;
  /** Whether the header before the gap said where the frame begins; else it was told from the shape of the bytes. */
  readonly sure: boolean;
}

/** What a {@link FrameReader} found in a frame. */
export interface ReadFrame extends FrameOutcome {
  /** Frame number in the connection. */
  readonly index: number;
  readonly began: Moment | null;
  readonly at: Moment | null;
  readonly place: FramePlace;
  readonly gap: Gap | null;
  readonly uncertain: boolean;
  readonly resumed: Resumption | null;
  readonly messageOpcode: number | null;
  readonly interrupted: Message | null;
  readonly rsv1Meaning: Rsv1Meaning;
  readonly payload: Uint8Array;
  readonly payloadOmitted: number;
  readonly closeCode: number | null;
  /** The payload of a control frame, as far as it is legal; empty for others. */
  readonly control: Uint8Array;
}

/** A control frame has no more payload than this (RFC 6455 §5.5). */
const CONTROL_PAYLOAD = 125;

/** What a {@link FrameReader} needs of the connection. */
export interface ReaderHost {
  /** Where a sender's messages are put together. */
  assembler(sender: Sender): MessageAssembler;
  /** What RSV1 means on the connection now, and how a sender compresses. */
  readonly rsv1: Rsv1Meaning;
  /** Whether an extension that is not known here may give RSV1 another meaning. */
  readonly otherExtensions: boolean;
  deflateSide(sender: Sender): DeflateSide;
  /** When and where the bytes stood in a capture that are read now; `null` where the input does not say. */
  now(): Moment | null;
  /** Bytes of the connection are missing. */
  lost(): void;
  /** A sender's frame before the next one is unknown: frames may be missing between them. */
  loseFrameBefore(sender: Sender): void;
  /** Whether ordinary frames are read off the window; else events of all frames are wanted. */
  readonly takesOrdinary: boolean;
  /** Reads ordinary frames of a sender, or of both, off the window, as an {@link OrdinaryReader} does. */
  readOrdinary(sender: Sender | null, at: number, end: number, base: number): number;
  /** A frame of a sender begins. */
  began(sender: Sender): void;
  /** The number that the frame which is over has in the connection. */
  nextIndex(): number;
  /**
   * A frame of a sender is over.
   *
   * @param senderKnown whether the sender is not only told by the MASK bit
   */
  ended(frame: Frame, sender: Sender, senderKnown: boolean, read: ReadFrame): void;
}

const NOTHING = new Uint8Array(0);
const SENDERS: readonly Sender[] = ["client", "server"];
const NO_MESSAGE: FrameOutcome = {
  message: null,
  compressed: false,
  utf8Error: null,
  inflateError: null,
  inflateLimit: null,
  rsv1Guess: null,
};

/** Follows the frames of one byte stream: keeps their payloads as far as they are to be kept, and checks their text. */
export class FrameReader implements FrameSink, OrdinaryReader {
  readonly #host: ReaderHost;
  readonly #sender: Sender | null;
  readonly #builder: ByteBuilder;
  readonly #keep: number;
  /** Whether the payload of the frame that is read is passed over. */
  #passing = false;
  /** Of a Close frame's reason; made when the first one comes. */
  #reason: TextCheck | null = null;
  #from: Sender;
  #assembler: MessageAssembler;
  #place: FramePlace = "control";
  #messageOpcode: number | null = null;
  #interrupted: Message | null = null;
  #rsv1Meaning: Rsv1Meaning = "unknown";
  #reasonError: Utf8Error | null = null;
  #began: Moment | null = null;
  #gap: Gap | null = null;
  #uncertain = false;
  #resumed: Resumption | null = null;
  /** A control frame's payload, which is needed however little is kept; made when the first one comes. */
  #control: ByteBuilder | null = null;

  /**
   * @param sender whose bytes they are; `null` to tell by the MASK bit
   * @param keep bytes of one payload that are kept
   */
  constructor(sender: Sender | null, keep: number, host: ReaderHost) {
    this.#host = host;
    this.#sender = sender;
    this.#keep = keep;
    this.#builder = new ByteBuilder(keep);
    this.#from = sender ?? "server";
    this.#assembler = host.assembler(this.#from);
  }

  /** Bytes are missing: the frame that is being read, or else the next one, shows it. */
  lost(gap: Gap): void {
    // Several gaps before the next frame are told as one, of all the bytes that are missing.
    this.#gap = this.#gap === null ? gap : { offset: this.#gap.offset, length: this.#gap.length + gap.length };
    this.#host.lost();
  }

  /** Frames are read on in the middle of the stream: what the next ones belong to, and copy from, is not known. */
  enterMiddle(): void {
    for (const sender of this.#senders) this.#host.assembler(sender).lose();
  }

  /** Behind a gap, frames are read again. */
  resume(resumed: Resumption): void {
    this.#resumed = resumed;
    // A gap inside one frame, whose header gives its end, hides no other frame.
    if (!resumed.sure) for (const sender of this.#senders) this.#host.loseFrameBefore(sender);
  }

  /** Whose frames the stream may have. */
  get #senders(): readonly Sender[] {
    return this.#sender === null ? SENDERS : [this.#sender];
  }

  get takesOrdinary(): boolean {
    return this.#host.takesOrdinary;
  }

  readOrdinary(at: number, end: number, base: number): number {
    // The next frame has a gap to show, or how reading went on behind it.
    if (this.#gap !== null || this.#resumed !== null) return at;
    return this.#host.readOrdinary(this.#sender, at, end, base);
  }

  /** The gap that no frame has shown. */
  takeGap(): Gap | null {
    const gap = this.#gap;
    this.#gap = null;
    return gap;
  }

  frameStart(frame: Frame): void {
    const host = this.#host;
    if (this.#sender === null) {
      this.#from = frame.masked ? "client" : "server";
      this.#assembler = host.assembler(this.#from);
    }
    this.#began = host.now();
    host.began(this.#from);
    const assembler = this.#assembler;
    this.#uncertain = assembler.uncertain;
    this.#interrupted = assembler.giveUpTorn();
    const place = assembler.place(frame);
    this.#place = place;
    this.#rsv1Meaning = host.rsv1;
    this.#messageOpcode = null;
    if (place === "control") {
      this.#reasonError = null;
      if (frame.opcode === OPCODE.close) this.#reason = new TextCheck();
      return;
    }
    this.#messageOpcode = assembler.messageOpcode(frame);
    if (place === "whole" || place === "first") {
      const side = host.deflateSide(this.#from);
      this.#interrupted = assembler.begin(frame, host.rsv1, side, host.otherExtensions) ?? this.#interrupted;
    }
    if (this.#messageOpcode !== null) assembler.announce(frame);
  }

  passesOver(frame: Frame): boolean {
    // Text is checked, what is compressed is inflated, and a control frame's payload is always looked at.
    this.#passing =
      this.#place !== "control" && this.#keep === 0 && !this.#assembler.looksAt(frame, this.#messageOpcode);
    return this.#passing;
  }

  framePayload(frame: Frame, bytes: Uint8Array, start: number, end: number): void {
    this.#builder.append(bytes, start, end);
    if (this.#place === "control") {
      this.#control ??= new ByteBuilder(CONTROL_PAYLOAD);
      this.#control.append(bytes, start, end);
    }
    if (this.#messageOpcode !== null) this.#assembler.payload(frame, this.#place, bytes, start, end);
    else if (frame.opcode === OPCODE.close) this.#closeBody(frame, bytes, start, end);
  }

  frameEnd(frame: Frame): void {
    const index = this.#host.nextIndex();
    const inMessage = this.#messageOpcode !== null;
    if (this.#passing) this.#builder.omit(frame.payloadReceived);
    if (this.#passing && inMessage) this.#assembler.passedOver(frame, this.#place);
    this.#passing = false;
    const outcome = inMessage ? this.#assembler.end(frame, this.#place, index) : NO_MESSAGE;
    const payloadOmitted = this.#builder.omitted;
    const control = this.#place === "control" ? (this.#control?.take() ?? NOTHING) : NOTHING;
    const [high = 0, low = 0] = control;
    const isClose = frame.opcode === OPCODE.close;
    this.#host.ended(frame, this.#from, this.#sender !== null, {
      index,
      began: this.#began,
      at: this.#host.now(),
      place: this.#place,
      gap: this.takeGap(),
      uncertain: this.#uncertain,
      resumed: this.#takeResumption(),
      messageOpcode: this.#messageOpcode,
      interrupted: this.#interrupted,
      rsv1Meaning: this.#rsv1Meaning,
      payload: this.#builder.take(),
      payloadOmitted,
      message: outcome.message,
      compressed: outcome.compressed,
      utf8Error: isClose ? this.#reasonErrorOf(frame) : outcome.utf8Error,
      inflateError: outcome.inflateError,
      inflateLimit: outcome.inflateLimit,
      rsv1Guess: outcome.rsv1Guess,
      closeCode: isClose && frame.payloadReceived >= 2 ? (high << 8) | low : null,
      control,
    });
  }

  #takeResumption(): Resumption | null {
    const resumed = this.#resumed;
    this.#resumed = null;
    return resumed;
  }

  /** Checks the reason behind a Close frame's status code (RFC 6455 §5.5.1). */
  #closeBody(frame: Frame, bytes: Uint8Array, start: number, end: number): void {
    const first = frame.payloadReceived - (end - start);
    const at = Math.min(end, start + Math.max(0, 2 - first));
    const offset = payloadOffset(frame) + first + (at - start);
    this.#reasonError ??= this.#reason?.push(bytes, at, end, offset, frame.offset) ?? null;
  }

  #reasonErrorOf(frame: Frame): Utf8Error | null {
    return this.#reasonError ?? (frame.complete ? (this.#reason?.end() ?? null) : null);
  }
}
