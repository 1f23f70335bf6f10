import { ByteBuilder } from "../bytes/byte-builder.js";
import { Utf8Validator } from "../bytes/utf8.js";
import { type Frame, frameLength, payloadOffset } from "./frame.js";
import { isControl, OPCODE } from "./opcode.js";

/**
 * What a frame is to its sender's messages (RFC 6455 §5.4). An `orphan` is a continuation with no message open;
 * a `loose` one is a data frame with a reserved opcode, which belongs to no message.
 */
export type FramePlace = "whole" | "first" | "middle" | "last" | "orphan" | "control" | "loose";

/** Where a text stops being UTF-8. */
export interface Utf8Error {
  /** Offset in the byte stream of the first byte that cannot be; of the sequence's first byte when the text ends inside it. */
  readonly offset: number;
  /** Bytes: 1, or those of the unfinished sequence. */
  readonly length: number;
  /** The bytes of the sequence before the one that cannot be. */
  readonly sequence: readonly number[];
  /** The byte that cannot be, or `null` when the text ends inside the sequence. */
  readonly byte: number | null;
}

/** A message that came in several fragments, all of which are here. */
export interface Message {
  readonly opcode: number;
  /** The indexes of its frames in the connection. */
  readonly frames: readonly number[];
  /** Bytes of all its frames on the wire, headers included. */
  readonly wireLength: number;
  readonly payloadLength: number;
  /** The payload as far as it was kept. */
  readonly payload: Uint8Array;
  /** Bytes of the payload that were not kept. */
  readonly payloadOmitted: number;
}

/** A message whose final fragment has not come. */
export interface OpenMessage {
  readonly opcode: number;
  readonly frames: number[];
  /** Where its first fragment stands in the byte stream, and how many bytes that has. */
  readonly offset: number;
  readonly length: number;
  wireLength: number;
  payloadLength: number;
}

/** Puts one sender's fragments together, and checks text as it comes. State is per direction: two senders never share one. */
export class MessageAssembler {
  #open: OpenMessage | null = null;
  #builder: ByteBuilder;
  #text = false;
  readonly #validator = new Utf8Validator();
  /** Where the sequence that the text may end inside begins. */
  #sequenceOffset = 0;
  #sequenceLength = 0;

  /** @param keep bytes of one message's payload that are kept */
  constructor(keep: number) {
    this.#builder = new ByteBuilder(keep);
  }

  /** The message whose final fragment has not come. */
  get open(): OpenMessage | null {
    return this.#open;
  }

  /** Opcode of the message that a data frame which begins now would belong to, `null` for none. */
  messageOpcode(frame: Frame): number | null {
    if (frame.opcode === OPCODE.continuation) return this.#open?.opcode ?? null;
    return frame.opcode === OPCODE.text || frame.opcode === OPCODE.binary ? frame.opcode : null;
  }

  /** What a frame that begins now is to the messages, before {@link begin} changes what is open. */
  place(frame: Frame): FramePlace {
    if (isControl(frame.opcode)) return "control";
    if (frame.opcode === OPCODE.continuation) return this.#open === null ? "orphan" : frame.fin ? "last" : "middle";
    if (frame.opcode > OPCODE.binary) return "loose";
    return frame.fin ? "whole" : "first";
  }

  /** A data frame begins. One that begins a message gives up the message that is open. */
  begin(frame: Frame, place: FramePlace): void {
    if (place === "whole" || place === "first") {
      if (this.#open !== null) {
        this.#builder.take();
        this.#open = null;
      }
      this.#text = frame.opcode === OPCODE.text;
      this.#validator.reset();
    }
  }

  /** The next payload bytes of a data frame that belongs to a message; says where its text stops being UTF-8. */
  payload(frame: Frame, place: FramePlace, bytes: Uint8Array, start: number, end: number): Utf8Error | null {
    if (place !== "whole") this.#builder.append(bytes, start, end);
    if (!this.#text) return null;
    const bad = this.#validator.push(bytes, start, end);
    const endOffset = payloadOffset(frame) + frame.payloadReceived;
    if (bad >= 0) {
      const { sequence } = this.#validator;
      return { offset: endOffset - (end - bad), length: 1, sequence: [...sequence], byte: bytes[bad] as number };
    }
    const pending = this.#validator.sequence.length;
    if (pending <= end - start) this.#sequenceOffset = endOffset - pending;
    if (this.#sequenceOffset >= frame.offset) this.#sequenceLength = pending;
    return null;
  }

  /** A data frame that belongs to a message is over and complete; says where a text that ends with it is cut short. */
  end(frame: Frame, place: FramePlace, index: number): { message: Message | null; utf8Error: Utf8Error | null } {
    if (place !== "whole") this.#record(frame, place, index);
    const final = place === "whole" || place === "last";
    const message = place === "last" ? this.#takeMessage() : null;
    const { sequence, failed } = this.#validator;
    if (!final || !this.#text || failed || sequence.length === 0) return { message, utf8Error: null };
    const span = { offset: this.#sequenceOffset, length: this.#sequenceLength };
    return { message, utf8Error: { ...span, sequence: [...sequence], byte: null } };
  }

  #record(frame: Frame, place: FramePlace, index: number): void {
    const length = frameLength(frame);
    if (place === "first") {
      const { opcode, offset } = frame;
      this.#open = { opcode, frames: [], offset, length, wireLength: 0, payloadLength: 0 };
    }
    const open = this.#open as OpenMessage;
    open.frames.push(index);
    open.wireLength += length;
    open.payloadLength += frame.payloadReceived;
  }

  #takeMessage(): Message {
    const { opcode, frames, wireLength, payloadLength } = this.#open as OpenMessage;
    const payloadOmitted = this.#builder.omitted;
    this.#open = null;
    return { opcode, frames, wireLength, payloadLength, payload: this.#builder.take(), payloadOmitted };
  }
}
