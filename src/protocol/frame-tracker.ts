import { ByteBuilder } from "../bytes/byte-builder.js";
import { decodeLatin1 } from "../bytes/latin1.js";
import type { PacketTimestamp } from "../bytes/packet-timestamp.js";
import type { FrameEvent } from "./connection-events.js";
import type { ConnectionState } from "./connection-state.js";
import { readFastFrames } from "./fast-frame-reader.js";
import type { FrameSink } from "./frame/decoder.js";
import { type Frame, frameLength, payloadOffset, type Sender } from "./frame/frame.js";
import { OPCODE } from "./frame/opcode.js";
import type { Gap, Resumption } from "./gap.js";
import type { FrameOutcome, FramePlace, Message, Rsv1Meaning } from "./message-assembler.js";
import type { SenderState } from "./sender-state.js";
import { TextCheck, type Utf8Error } from "./text-check.js";

/** A control frame has no more payload than this (RFC 6455 §5.5). */
const MAX_CONTROL_PAYLOAD_BYTES = 125;

const EMPTY_BYTES = new Uint8Array(0);
const NO_MESSAGE_OUTCOME: FrameOutcome = {
  message: null,
  compressed: false,
  utf8Error: null,
  inflateError: null,
  inflateLimit: null,
  rsv1Guess: null,
};

/**
 * Follows the frames of one byte stream of a connection: keeps their payloads up to a limit, checks their text, and reports each to
 * the connection's sink as an event.
 */
export class FrameTracker implements FrameSink {
  readonly #state: ConnectionState;
  readonly #sender: Sender | null;
  readonly #builder: ByteBuilder;
  /** Whether the payload of the open frame is skipped. */
  #isSkippingPayload = false;
  /** Of a Close frame's reason; made when the first one comes. */
  #reasonCheck: TextCheck | null = null;
  /** Of the sender whose frame is read. */
  #frameSender: SenderState;
  #place: FramePlace = "control";
  #messageOpcode: number | null = null;
  #abandonedMessage: Message | null = null;
  #rsv1Meaning: Rsv1Meaning = "unknown";
  #reasonError: Utf8Error | null = null;
  #startedAt: PacketTimestamp | null = null;
  #gap: Gap | null = null;
  #uncertain = false;
  #resumption: Resumption | null = null;
  /** A control frame's payload, which is needed however little is kept; made when the first one comes. */
  #control: ByteBuilder | null = null;

  /** @param sender whose bytes they are; `null` to decide by the MASK bit */
  constructor(state: ConnectionState, sender: Sender | null) {
    this.#state = state;
    this.#sender = sender;
    this.#builder = new ByteBuilder(state.keep);
    this.#frameSender = state.senderStates[sender ?? "server"];
  }

  /** Bytes are missing: the frame that is being read, or else the next one, shows it. */
  addGap(gap: Gap): void {
    // Several gaps before the next frame are reported as one, with the sum of their lengths.
    this.#gap = this.#gap === null ? gap : { offset: this.#gap.offset, length: this.#gap.length + gap.length };
    this.#state.hasGaps = true;
  }

  /** Reading continues mid-stream: the message and the compression context of the next frames are unknown. */
  startMidStream(): void {
    for (const { assembler } of this.#senders) assembler.handleGap();
  }

  /** Behind a gap, frames are read again. */
  resume(resumed: Resumption): void {
    this.#resumption = resumed;
    // A gap inside one frame, whose header gives its end, hides no other frame.
    if (!resumed.isBoundaryKnown) for (const sender of this.#senders) sender.lastMaskingKey = null;
  }

  /** Whose frames the stream may have. */
  get #senders(): readonly SenderState[] {
    const { senderStates } = this.#state;
    return this.#sender === null ? Object.values(senderStates) : [senderStates[this.#sender]];
  }

  get acceptsFastFrames(): boolean {
    return this.#state.sink.fastFrame !== undefined;
  }

  readFastFrames(at: number, end: number, base: number): number {
    // The next frame has a gap to show, or how reading went on behind it.
    if (this.#gap !== null || this.#resumption !== null) return at;
    return readFastFrames(this.#sender, at, end, base, this.#state);
  }

  /** The gap that no frame has shown. */
  takeGap(): Gap | null {
    const gap = this.#gap;
    this.#gap = null;
    return gap;
  }

  frameStart(frame: Frame): void {
    const state = this.#state;
    if (this.#sender === null) this.#frameSender = state.senderStates[frame.masked ? "client" : "server"];
    this.#startedAt = state.at;
    this.#showRequest();
    const { assembler } = this.#frameSender;
    this.#uncertain = assembler.uncertain;
    this.#abandonedMessage = assembler.abandonTornMessage();
    const place = assembler.findPlace(frame);
    this.#place = place;
    this.#rsv1Meaning = state.rsv1;
    this.#messageOpcode = null;
    if (place === "control") {
      this.#reasonError = null;
      if (frame.opcode === OPCODE.close) this.#reasonCheck = new TextCheck();
      return;
    }
    this.#messageOpcode = assembler.messageOpcode(frame);
    if (place === "whole" || place === "first") {
      const side = state.deflateAgreement[this.#frameSender.sender];
      this.#abandonedMessage =
        assembler.begin(frame, state.rsv1, side, state.mayHaveOtherExtensions) ?? this.#abandonedMessage;
    }
    if (this.#messageOpcode !== null) assembler.announcePayload(frame);
  }

  skipsPayload(frame: Frame): boolean {
    // Text is checked, what is compressed is inflated, and a control frame's payload is always needed.
    this.#isSkippingPayload =
      this.#place !== "control" &&
      this.#state.keep === 0 &&
      !this.#frameSender.assembler.needsPayload(frame, this.#messageOpcode);
    return this.#isSkippingPayload;
  }

  framePayload(frame: Frame, bytes: Uint8Array, start: number, end: number): void {
    this.#builder.append(bytes, start, end);
    if (this.#place === "control") {
      this.#control ??= new ByteBuilder(MAX_CONTROL_PAYLOAD_BYTES);
      this.#control.append(bytes, start, end);
    }
    if (this.#messageOpcode !== null) this.#frameSender.assembler.payload(frame, this.#place, bytes, start, end);
    else if (frame.opcode === OPCODE.close) this.#checkReason(frame, bytes, start, end);
  }

  frameEnd(frame: Frame): void {
    const state = this.#state;
    const from = this.#frameSender;
    const place = this.#place;
    const index = state.nextFrameIndex++;
    const inMessage = this.#messageOpcode !== null;
    if (this.#isSkippingPayload) this.#builder.omit(frame.payloadReceived);
    if (this.#isSkippingPayload && inMessage) from.assembler.skipPayload(frame, place);
    this.#isSkippingPayload = false;
    const { message, compressed, utf8Error, inflateError, inflateLimit, rsv1Guess } = inMessage
      ? from.assembler.end(frame, place, index)
      : NO_MESSAGE_OUTCOME;
    const payloadOmitted = this.#builder.omitted;
    const control = place === "control" ? (this.#control?.take() ?? EMPTY_BYTES) : EMPTY_BYTES;
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
      startedAt: this.#startedAt,
      at: state.at,
      payload: this.#builder.take(),
      payloadOmitted,
      place,
      messageOpcode: this.#messageOpcode,
      messageIndex: completes ? state.nextMessageIndex++ : null,
      message,
      abandonedMessage: this.#abandonedMessage,
      compressed,
      rsv1Meaning: this.#rsv1Meaning,
      mayHaveOtherExtensions: state.mayHaveOtherExtensions,
      rsv1Guess,
      subprotocol: state.subprotocol,
      utf8Error: isClose ? this.#finishReason(frame) : utf8Error,
      inflateError,
      inflateLimit,
      closeCode,
      closeEchoed: closeCode !== null && state.getPeer(from.sender).close?.code === closeCode,
      keyReused: frame.masked && frame.truncatedHeader === null && frame.maskingKey === from.lastMaskingKey,
      afterClose: from.close !== null,
      gap: this.takeGap(),
      uncertain: this.#uncertain,
      resumption: this.#takeResumption(),
      pongUnmatched: frame.complete && this.#followPings(frame, index, control),
    };
    if (completes) from.messages++;
    if (message?.compressed) from.countCompressed(message);
    if (rsv1Guess?.compressed && state.rsv1 === "unknown") state.rsv1 = "assumed";
    from.countFrame(frame);
    if (state.pendingHandshake.isWaiting && from.sender === "client") state.pendingHandshake.addEarlyFrame(frame);
    if (isClose && frame.complete && from.close === null) state.addClose(from, index, closeCode, control);
    state.sink.frame(event);
  }

  /** A server's frame shows that its response is missing; before a client's frame, the request is reported alone. */
  #showRequest(): void {
    const { pendingHandshake, sink, at } = this.#state;
    if (!pendingHandshake.isWaiting) return;
    if (this.#frameSender.sender === "server") {
      this.#state.abandonRequest();
      return;
    }
    const event = pendingHandshake.reportRequest(at);
    if (event !== null) sink.handshake(event);
  }

  /** Follows pings and their answers (RFC 6455 §5.5.2, §5.5.3). @returns whether it is a pong that answers no ping */
  #followPings(frame: Frame, index: number, control: Uint8Array): boolean {
    const { at, hasGaps } = this.#state;
    const from = this.#frameSender;
    const time = at?.time ?? null;
    // After a Close frame of its own, a sender's pings need no answer.
    if (frame.opcode === OPCODE.ping && from.close === null) {
      from.addPing({ index, offset: frame.offset, length: frameLength(frame), time }, decodeLatin1(control));
    }
    if (frame.opcode !== OPCODE.pong) return false;
    const other = this.#state.getPeer(from.sender);
    return !other.answerPing(decodeLatin1(control), time) && other.frames > 0 && !hasGaps;
  }

  #takeResumption(): Resumption | null {
    const resumed = this.#resumption;
    this.#resumption = null;
    return resumed;
  }

  /** Checks the reason behind a Close frame's status code (RFC 6455 §5.5.1). */
  #checkReason(frame: Frame, bytes: Uint8Array, start: number, end: number): void {
    const first = frame.payloadReceived - (end - start);
    const at = Math.min(end, start + Math.max(0, 2 - first));
    const offset = payloadOffset(frame) + first + (at - start);
    this.#reasonError ??= this.#reasonCheck?.push(bytes, at, end, offset, frame.offset) ?? null;
  }

  #finishReason(frame: Frame): Utf8Error | null {
    return this.#reasonError ?? (frame.complete ? (this.#reasonCheck?.end() ?? null) : null);
  }
}
