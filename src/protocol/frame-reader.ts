import { ByteBuilder } from "../bytes/byte-builder.js";
import { Utf8Validator } from "../bytes/utf8.js";
import { type Frame, payloadOffset, type Sender } from "./frame.js";
import type { FrameSink } from "./frame-decoder.js";
import type { FramePlace, MessageAssembler, OpenMessage, Utf8Error } from "./message-assembler.js";
import { OPCODE } from "./opcode.js";

/** What a {@link FrameReader} found in a frame. */
export interface ReadFrame {
  readonly place: FramePlace;
  readonly messageOpcode: number | null;
  readonly interrupted: OpenMessage | null;
  readonly payload: Uint8Array;
  readonly payloadOmitted: number;
  readonly utf8Error: Utf8Error | null;
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
  /** A frame of a sender is over. */
  ended(frame: Frame, sender: Sender, read: ReadFrame): void;
}

const NOTHING = new Uint8Array(0);

/** Follows the frames of one byte stream: keeps their payloads as far as they are to be kept, and checks their text. */
export class FrameReader implements FrameSink {
  readonly #host: ReaderHost;
  readonly #sender: Sender | null;
  readonly #builder: ByteBuilder;
  readonly #reason = new Utf8Validator();
  #from: Sender;
  #assembler: MessageAssembler;
  #place: FramePlace = "control";
  #messageOpcode: number | null = null;
  #interrupted: OpenMessage | null = null;
  #utf8Error: Utf8Error | null = null;
  /** A control frame's payload, which is needed however little is kept. */
  readonly #control = new ByteBuilder(CONTROL_PAYLOAD);

  /**
   * @param sender whose bytes they are; `null` to tell by the MASK bit
   * @param keep bytes of one payload that are kept
   */
  constructor(sender: Sender | null, keep: number, host: ReaderHost) {
    this.#host = host;
    this.#sender = sender;
    this.#builder = new ByteBuilder(keep);
    this.#from = sender ?? "server";
    this.#assembler = host.assembler(this.#from);
  }

  frameStart(frame: Frame): void {
    if (this.#sender === null) {
      this.#from = frame.masked ? "client" : "server";
      this.#assembler = this.#host.assembler(this.#from);
    }
    const assembler = this.#assembler;
    const place = assembler.place(frame);
    this.#place = place;
    this.#utf8Error = null;
    this.#interrupted = null;
    this.#messageOpcode = null;
    if (place === "control") {
      if (frame.opcode === OPCODE.close) this.#reason.reset();
      return;
    }
    this.#messageOpcode = assembler.messageOpcode(frame);
    if (place === "whole" || place === "first") this.#interrupted = assembler.open;
    assembler.begin(frame, place);
  }

  framePayload(frame: Frame, bytes: Uint8Array, start: number, end: number): void {
    this.#builder.append(bytes, start, end);
    if (this.#place === "control") this.#control.append(bytes, start, end);
    if (this.#messageOpcode !== null) {
      const error = this.#assembler.payload(frame, this.#place, bytes, start, end);
      this.#utf8Error ??= error;
    } else if (frame.opcode === OPCODE.close) this.#closeBody(frame, bytes, start, end);
  }

  frameEnd(frame: Frame): void {
    if (frame.opcode === OPCODE.close && frame.complete) this.#closeReasonEnd(frame);
    const payloadOmitted = this.#builder.omitted;
    const control = this.#place === "control" ? this.#control.take() : NOTHING;
    const [high = 0, low = 0] = control;
    this.#host.ended(frame, this.#from, {
      place: this.#place,
      messageOpcode: this.#messageOpcode,
      interrupted: this.#interrupted,
      payload: this.#builder.take(),
      payloadOmitted,
      utf8Error: this.#utf8Error,
      closeCode: frame.opcode === OPCODE.close && frame.payloadReceived >= 2 ? (high << 8) | low : null,
      control,
    });
  }

  /** Checks the reason behind a Close frame's status code (RFC 6455 §5.5.1). */
  #closeBody(frame: Frame, bytes: Uint8Array, start: number, end: number): void {
    const first = frame.payloadReceived - (end - start);
    const at = Math.min(end, start + Math.max(0, 2 - first));
    const bad = this.#reason.push(bytes, at, end);
    if (bad < 0) return;
    const offset = payloadOffset(frame) + first + (bad - start);
    this.#utf8Error = { offset, length: 1, sequence: [...this.#reason.sequence], byte: bytes[bad] as number };
  }

  #closeReasonEnd(frame: Frame): void {
    const { sequence, failed } = this.#reason;
    if (failed || sequence.length === 0) return;
    const offset = payloadOffset(frame) + frame.payloadReceived - sequence.length;
    this.#utf8Error = { offset, length: sequence.length, sequence: [...sequence], byte: null };
  }
}
