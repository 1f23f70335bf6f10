import { ByteBuilder } from "../bytes/byte-builder.js";
import { latin1Text } from "../bytes/latin1.js";
import type { Moment } from "../bytes/packet-timestamp.js";
import type { FrameEvent } from "./connection-events.js";
import type { ConnectionState } from "./connection-state.js";
import { readOrdinary } from "./fast-frame-reader.js";
import type { FrameSink } from "./frame/decoder.js";
import { type Frame, frameLength, payloadOffset, type Sender } from "./frame/frame.js";
import { OPCODE } from "./frame/opcode.js";
import type { Gap, Resumption } from "./gap.js";
import type { FrameOutcome, FramePlace, Message, Rsv1Meaning } from "./message-assembler.js";
import type { SenderState } from "./sender-state.js";
import { TextCheck, type Utf8Error } from "./text-check.js";

/** A control frame has no more payload than this (RFC 6455 §5.5). */
const CONTROL_PAYLOAD = 125;

const NOTHING = new Uint8Array(0);
const NO_MESSAGE: FrameOutcome = {
  message: null,
  compressed: false,
  utf8Error: null,
  inflateError: null,
  inflateLimit: null,
  rsv1Guess: null,
};

/**
 * Follows the frames of one byte stream of a connection: keeps their payloads as far as they are to be kept, checks their text, and hands
 * each to the connection's sink with what it is to the connection.
 */
export class FrameTracker implements FrameSink {
  readonly #state: ConnectionState;
  readonly #sender: Sender | null;
  readonly #builder: ByteBuilder;
  /** Whether the payload of the frame that is read is passed over. */
  #passing = false;
  /** Of a Close frame's reason; made when the first one comes. */
  #reason: TextCheck | null = null;
  /** Of the sender whose frame is read. */
  #from: SenderState;
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

  /** @param sender whose bytes they are; `null` to tell by the MASK bit */
  constructor(state: ConnectionState, sender: Sender | null) {
    this.#state = state;
    this.#sender = sender;
    this.#builder = new ByteBuilder(state.keep);
    this.#from = state.senders[sender ?? "server"];
  }

  /** Bytes are missing: the frame that is being read, or else the next one, shows it. */
  lost(gap: Gap): void {
    // Several gaps before the next frame are told as one, of all the bytes that are missing.
    this.#gap = this.#gap === null ? gap : { offset: this.#gap.offset, length: this.#gap.length + gap.length };
    this.#state.lossy = true;
  }

  /** Frames are read on in the middle of the stream: what the next ones belong to, and copy from, is not known. */
  enterMiddle(): void {
    for (const { assembler } of this.#senders) assembler.lose();
  }

  /** Behind a gap, frames are read again. */
  resume(resumed: Resumption): void {
    this.#resumed = resumed;
    // A gap inside one frame, whose header gives its end, hides no other frame.
    if (!resumed.sure) for (const sender of this.#senders) sender.lastKey = null;
  }

  /** Whose frames the stream may have. */
  get #senders(): readonly SenderState[] {
    const { senders } = this.#state;
    return this.#sender === null ? Object.values(senders) : [senders[this.#sender]];
  }

  get takesOrdinary(): boolean {
    return this.#state.sink.ordinary !== undefined;
  }

  readOrdinary(at: number, end: number, base: number): number {
    // The next frame has a gap to show, or how reading went on behind it.
    if (this.#gap !== null || this.#resumed !== null) return at;
    return readOrdinary(this.#sender, at, end, base, this.#state);
  }

  /** The gap that no frame has shown. */
  takeGap(): Gap | null {
    const gap = this.#gap;
    this.#gap = null;
    return gap;
  }

  frameStart(frame: Frame): void {
    const state = this.#state;
    if (this.#sender === null) this.#from = state.senders[frame.masked ? "client" : "server"];
    this.#began = state.at;
    this.#showRequest();
    const { assembler } = this.#from;
    this.#uncertain = assembler.uncertain;
    this.#interrupted = assembler.giveUpTorn();
    const place = assembler.place(frame);
    this.#place = place;
    this.#rsv1Meaning = state.rsv1;
    this.#messageOpcode = null;
    if (place === "control") {
      this.#reasonError = null;
      if (frame.opcode === OPCODE.close) this.#reason = new TextCheck();
      return;
    }
    this.#messageOpcode = assembler.messageOpcode(frame);
    if (place === "whole" || place === "first") {
      const side = state.agreement[this.#from.sender];
      this.#interrupted = assembler.begin(frame, state.rsv1, side, state.otherExtensions) ?? this.#interrupted;
    }
    if (this.#messageOpcode !== null) assembler.announce(frame);
  }

  passesOver(frame: Frame): boolean {
    // Text is checked, what is compressed is inflated, and a control frame's payload is always looked at.
    this.#passing =
      this.#place !== "control" && this.#state.keep === 0 && !this.#from.assembler.looksAt(frame, this.#messageOpcode);
    return this.#passing;
  }

  framePayload(frame: Frame, bytes: Uint8Array, start: number, end: number): void {
    this.#builder.append(bytes, start, end);
    if (this.#place === "control") {
      this.#control ??= new ByteBuilder(CONTROL_PAYLOAD);
      this.#control.append(bytes, start, end);
    }
    if (this.#messageOpcode !== null) this.#from.assembler.payload(frame, this.#place, bytes, start, end);
    else if (frame.opcode === OPCODE.close) this.#closeBody(frame, bytes, start, end);
  }

  frameEnd(frame: Frame): void {
    const state = this.#state;
    const from = this.#from;
    const place = this.#place;
    const index = state.nextFrame++;
    const inMessage = this.#messageOpcode !== null;
    if (this.#passing) this.#builder.omit(frame.payloadReceived);
    if (this.#passing && inMessage) from.assembler.passedOver(frame, place);
    this.#passing = false;
    const { message, compressed, utf8Error, inflateError, inflateLimit, rsv1Guess } = inMessage
      ? from.assembler.end(frame, place, index)
      : NO_MESSAGE;
    const payloadOmitted = this.#builder.omitted;
    const control = place === "control" ? (this.#control?.take() ?? NOTHING) : NOTHING;
    const [high = 0, low = 0] = control;
    const isClose = frame.opcode === OPCODE.close;
    const closeCode = isClose && frame.payloadReceived >= 2 ? (high << 8) | low : null;
    const completes = frame.complete && (place === "whole" || place === "last");
    const event: FrameEvent = {
      stream: state.stream,
      sender: from.sender,
      senderKnown: this.#sender !== null,
      index,
      frame,
      began: this.#began,
      at: state.at,
      payload: this.#builder.take(),
      payloadOmitted,
      place,
      messageOpcode: this.#messageOpcode,
      messageIndex: completes ? state.nextMessage++ : null,
      message,
      interrupted: this.#interrupted,
      compressed,
      rsv1Meaning: this.#rsv1Meaning,
      otherExtensions: state.otherExtensions,
      rsv1Guess,
      subprotocol: state.subprotocol,
      utf8Error: isClose ? this.#reasonErrorOf(frame) : utf8Error,
      inflateError,
      inflateLimit,
      closeCode,
      closeEchoed: closeCode !== null && state.other(from.sender).close?.code === closeCode,
      keyReused: frame.masked && frame.cutHeader === null && frame.maskingKey === from.lastKey,
      afterClose: from.close !== null,
      gap: this.takeGap(),
      uncertain: this.#uncertain,
      resumed: this.#takeResumption(),
      pongUnmatched: frame.complete && this.#followPings(frame, index, control),
    };
    if (completes) from.messages++;
    if (message?.compressed) from.countCompressed(message);
    if (rsv1Guess?.compressed && state.rsv1 === "unknown") state.rsv1 = "assumed";
    from.count(frame);
    if (state.handshake.waits && from.sender === "client") state.handshake.early(frame);
    if (isClose && frame.complete && from.close === null) state.closed(from, index, closeCode, control);
    state.sink.frame(event);
  }

  /** A frame of the server shows that its response is not here; before a client's, the request stands by itself. */
  #showRequest(): void {
    const { handshake, sink, at } = this.#state;
    if (!handshake.waits) return;
    if (this.#from.sender === "server") {
      this.#state.giveUpRequest();
      return;
    }
    const event = handshake.alone(at);
    if (event !== null) sink.handshake(event);
  }

  /** Follows pings and their answers (RFC 6455 §5.5.2, §5.5.3); says whether a pong answers none. */
  #followPings(frame: Frame, index: number, control: Uint8Array): boolean {
    const { at, lossy } = this.#state;
    const from = this.#from;
    const time = at?.time ?? null;
    // After a Close frame of its own, a sender's pings need no answer.
    if (frame.opcode === OPCODE.ping && from.close === null) {
      from.pinged({ index, offset: frame.offset, length: frameLength(frame), time }, latin1Text(control));
    }
    if (frame.opcode !== OPCODE.pong) return false;
    const other = this.#state.other(from.sender);
    return !other.answered(latin1Text(control), time) && other.frames > 0 && !lossy;
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
