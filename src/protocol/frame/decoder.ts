import { FailStop } from "../fail-stop.js";
import { DECODE_BUFFER, DECODE_BUFFER_BYTES, DECODE_BUFFER_VIEW } from "./decode-buffer.js";
import { extendedLengthSize, type Frame, type LengthBits } from "./frame.js";
import { applyMask } from "./masking.js";

/** Bytes decoded at once after reading has stopped before a byte; they double with each step that does not stop. */
const MIN_DECODE_BYTES = 256;
const EMPTY_BYTES = new Uint8Array(0);
/** Bytes of the decode buffer that a `push` further up the stack still needs. */
let bufferBytesInUse = 0;

/**
 * Receives what a {@link FrameDecoder} finds, in the order of the bytes.
 *
 * An error that a method throws passes unchanged through the `push` or `end` that called it, and stops the decoder for good.
 */
export interface FrameSink {
  /** The header is complete, or the input ended inside it. */
  frameStart(frame: Frame): void;
  /**
   * Whether the payload of the frame that began is not needed. It is then skipped without being copied or unmasked, and
   * {@link framePayload} is not called. A sink without this method needs every payload.
   */
  skipsPayload?(frame: Frame): boolean;
  /** Whether {@link readFastFrames} is called; false when missing. */
  readonly acceptsFastFrames?: boolean;
  /**
   * Reads fast frames from the decode buffer, from `at` up to `end`. `base` is the stream offset of the buffer's first byte.
   *
   * @returns index of the first frame that is not a fast one
   */
  readFastFrames?(at: number, end: number, base: number): number;
  /** The next payload bytes, unmasked: `bytes[start, end)`, valid only during the call. Never called with nothing. */
  framePayload(frame: Frame, bytes: Uint8Array, start: number, end: number): void;
  /** The payload is complete, or the input ended inside the frame (then `frame.complete` is false). */
  frameEnd(frame: Frame): void;
}

/** Decides where the frames of a stream stop, since an HTTP head may begin there. */
export interface FrameLimit {
  /**
   * Whether reading stops before the byte at `offset` of the stream, which is `bytes[at]`; later ones are known up to `end`.
   * It is called only where a frame's first byte could be a letter as well (FIN 0, RSV1 1), which few frames have.
   */
  shouldStopBefore(offset: number, bytes: Uint8Array, at: number, end: number): boolean;
}

/**
 * Turns a byte stream into frames (RFC 6455 §5.2), whatever pieces it comes in. It judges nothing and fails on nothing:
 * any bytes are frames, the last one perhaps incomplete. Memory does not depend on what headers claim.
 *
 * When its sink throws, the decoder stops: each later `push` or `end` throws the same error again and reports nothing.
 * Other decoders are not affected.
 */
export class FrameDecoder {
  readonly #sink: FrameSink;
  readonly #failStop = new FailStop();
  /** Offset in the byte stream of the next byte to come. */
  #offset: number;
  #frame: Frame | null = null;
  /** Payload bytes of the open frame that have not come yet; inexact past 2^53, which no input reaches. */
  #missingPayload = 0;
  /** Whether the open frame's payload is skipped. */
  #isSkippingPayload = false;
  readonly #limit: FrameLimit | null;
  /** The first bytes of a header whose rest has not come yet. */
  #partialHeader: Uint8Array = EMPTY_BYTES;
  /** Bytes copied into the decode buffer at once: few where reading has stopped, since it may stop again and again. */
  #maxDecodeBytes: number = DECODE_BUFFER_BYTES;

  /** @param offset of the first byte that will be pushed, in bytes; above 0 for a stream that is entered in its middle */
  constructor(sink: FrameSink, offset = 0, limit: FrameLimit | null = null) {
    this.#sink = sink;
    this.#offset = offset;
    this.#limit = limit;
  }

  /**
   * Takes the next bytes of the stream. The caller may reuse them afterwards.
   *
   * @returns how many bytes were taken: all of them, unless the {@link FrameLimit} stopped before one
   * @throws what the sink throws, now or in an earlier call
   */
  push(chunk: Uint8Array): number {
    return this.#failStop.run(() => withDecodeBuffer(() => this.#pushChunk(chunk)));
  }

  #pushChunk(chunk: Uint8Array): number {
    let taken = 0;
    while (taken < chunk.length) {
      if (this.#frame !== null && this.#isSkippingPayload && this.#missingPayload > 0) {
        taken += this.#skipPayload(this.#frame, chunk.length - taken);
        continue;
      }
      const carried = this.#partialHeader.length;
      const size = Math.min(chunk.length - taken, this.#maxDecodeBytes);
      DECODE_BUFFER.set(this.#partialHeader, 0);
      DECODE_BUFFER.set(size === chunk.length ? chunk : chunk.subarray(taken, taken + size), carried);
      bufferBytesInUse = carried + size;
      const decoded = this.#decode(this.#offset - carried, carried, bufferBytesInUse) - carried;
      taken += decoded;
      this.#offset += decoded;
      if (decoded < size) {
        this.#maxDecodeBytes = MIN_DECODE_BYTES;
        break;
      }
      this.#maxDecodeBytes = Math.min(2 * this.#maxDecodeBytes, DECODE_BUFFER_BYTES);
    }
    return taken;
  }

  /** Skips payload bytes of the open frame, at most `available`. @returns how many were skipped */
  #skipPayload(frame: Frame, available: number): number {
    const size = Math.min(this.#missingPayload, available);
    frame.payloadReceived += size;
    this.#missingPayload -= size;
    this.#offset += size;
    if (this.#missingPayload === 0) {
      this.#frame = null;
      frame.complete = true;
      this.#sink.frameEnd(frame);
    }
    return size;
  }

  /** Skips bytes of the stream that are not frames, between two frames. */
  skip(bytes: number): void {
    this.#offset += bytes;
  }

  /** Payload bytes of the open frame that have not come yet; `null` between two frames and inside a header. */
  get missingPayload(): number | null {
    return this.#frame === null ? null : this.#missingPayload;
  }

  /** The frame that is being read; `null` between two frames, and inside a header. */
  get openFrame(): Frame | null {
    return this.#frame;
  }

  /**
   * Ends the stream, or the part of it before a gap. A frame that is still open is reported as incomplete.
   *
   * @throws what the sink throws, now or in an earlier call
   */
  end(): void {
    this.#failStop.run(() => this.#endFrame());
  }

  #endFrame(): void {
    const cut = this.#partialHeader;
    const open = this.#frame;
    this.#partialHeader = EMPTY_BYTES;
    this.#frame = null;
    if (open !== null) this.#sink.frameEnd(open);
    if (cut.length === 0) return;
    const frame = withDecodeBuffer(() => {
      DECODE_BUFFER.set(cut, 0);
      return parseHeader(0, cut.length, this.#offset - cut.length);
    });
    this.#sink.frameStart(frame);
    this.#sink.frameEnd(frame);
  }

  /**
   * Decodes the first `end` bytes of the decode buffer. `base` is the stream offset of the buffer's first byte; bytes before
   * `fresh` are those of a header that was cut off in the piece before.
   *
   * @returns index of the first byte that was not read
   */
  #decode(base: number, fresh: number, end: number): number {
    const sink = this.#sink;
    const limit = this.#limit;
    const fast = sink.acceptsFastFrames === true;
    let at = 0;
    let frame = this.#frame;
    let missing = this.#missingPayload;
    let stopped = false;
    for (;;) {
      if (frame === null) {
        if (fast) at = sink.readFastFrames?.(at, end, base) ?? at;
        if (
          at < end &&
          couldBeLetter(DECODE_BUFFER[at] as number) &&
          at >= fresh &&
          limit?.shouldStopBefore(base + at, DECODE_BUFFER, at, end)
        ) {
          stopped = true;
          break;
        }
        if (end - at < 2 || end - at < parseHeaderLength(at)) break;
        frame = parseHeader(at, end, base + at);
        at += frame.headerLength;
        missing = Number(frame.payloadLength);
        sink.frameStart(frame);
        this.#isSkippingPayload = sink.skipsPayload?.(frame) ?? false;
      }
      if (missing > 0) {
        if (at === end) break;
        const size = Math.min(missing, end - at);
        if (frame.masked && !this.#isSkippingPayload)
          applyMask(DECODE_BUFFER, DECODE_BUFFER_VIEW, at, at + size, frame.maskingKey, frame.payloadReceived);
        frame.payloadReceived += size;
        missing -= size;
        if (!this.#isSkippingPayload) sink.framePayload(frame, DECODE_BUFFER, at, at + size);
        at += size;
        if (missing > 0) break;
      }
      const done = frame;
      frame = null;
      done.complete = true;
      sink.frameEnd(done);
    }
    this.#frame = frame;
    this.#missingPayload = missing;
    this.#partialHeader = stopped || at === end ? EMPTY_BYTES : DECODE_BUFFER.slice(at, end);
    return stopped ? at : end;
  }
}

/** Whether the first byte of a frame could be a letter as well, with which an HTTP head begins: FIN 0, RSV1 1. */
export function couldBeLetter(byte: number): boolean {
  return (byte & 0xc0) === 0x40;
}

/** Runs `use` with the decode buffer. Bytes that a `push` further up the stack still needs are saved before and restored after. */
function withDecodeBuffer<T>(use: () => T): T {
  const outer = bufferBytesInUse;
  const aside = outer > 0 ? DECODE_BUFFER.slice(0, outer) : null;
  try {
    return use();
  } finally {
    bufferBytesInUse = outer;
    if (aside !== null) DECODE_BUFFER.set(aside);
  }
}

/** Length in bytes of the header at `at`, by its second byte (RFC 6455 §5.2). */
function parseHeaderLength(at: number): number {
  const second = DECODE_BUFFER[at + 1] as number;
  return 2 + extendedLengthSize(parseLengthBits(second & 0x7f)) + (second & 0x80 ? 4 : 0);
}

function parseLengthBits(shortLength: number): LengthBits {
  return shortLength < 126 ? 7 : shortLength === 126 ? 16 : 64;
}

/** Reads the header at `at`. The decode buffer has its bytes up to `end`: all of them, or all that ever came. */
function parseHeader(at: number, end: number, offset: number): Frame {
  const first = DECODE_BUFFER[at] as number;
  const second = end - at < 2 ? 0 : (DECODE_BUFFER[at + 1] as number);
  const shortLength = second & 0x7f;
  const lengthBits = parseLengthBits(shortLength);
  const masked = second >= 0x80;
  const keyAt = at + 2 + extendedLengthSize(lengthBits);
  const headerLength = keyAt - at + (masked ? 4 : 0);
  const cut = end - at < headerLength;
  return {
    offset,
    headerLength,
    fin: first >= 0x80,
    rsv1: (first & 0x40) !== 0,
    rsv2: (first & 0x20) !== 0,
    rsv3: (first & 0x10) !== 0,
    opcode: first & 0x0f,
    masked,
    maskingKey: masked && !cut ? DECODE_BUFFER_VIEW.getUint32(keyAt) : 0,
    lengthBits,
    payloadLength: lengthBits === 7 ? shortLength : end < keyAt ? 0 : parseExtendedLength(at + 2, lengthBits),
    payloadReceived: 0,
    complete: false,
    truncatedHeader: cut ? DECODE_BUFFER.slice(at, end) : null,
  };
}

function parseExtendedLength(at: number, lengthBits: LengthBits): number | bigint {
  if (lengthBits === 16) return DECODE_BUFFER_VIEW.getUint16(at);
  const high = DECODE_BUFFER_VIEW.getUint32(at);
  return high < 0x200000
    ? high * 0x1_0000_0000 + DECODE_BUFFER_VIEW.getUint32(at + 4)
    : DECODE_BUFFER_VIEW.getBigUint64(at);
}
