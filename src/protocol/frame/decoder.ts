import { DECODE_BUFFER, DECODE_BUFFER_BYTES, DECODE_BUFFER_VIEW } from "./decode-buffer.js";
import { extendedLengthSize, type Frame, type LengthBits } from "./frame.js";
import { applyMask } from "./masking.js";

/** Bytes that are looked at after reading has stopped before a byte; twice as many each time that it does not. */
const MIN_DECODE_BYTES = 256;
const EMPTY_BYTES = new Uint8Array(0);
/** Bytes of the window that a `push` further up the stack still needs. */
let bufferBytesInUse = 0;

/** Receives what a {@link FrameDecoder} finds, in the order of the bytes. */
export interface FrameSink {
  /** The header is complete, or the input ended inside it. */
  frameStart(frame: Frame): void;
  /**
   * Whether nobody looks at the payload of the frame that began: then it is passed over, neither copied nor unmasked, and
   * {@link framePayload} is not called. Left out: no.
   */
  skipsPayload?(frame: Frame): boolean;
  /** Whether ordinary frames are taken off the window, by {@link readFastFrames}; left out: no. */
  readonly acceptsFastFrames?: boolean;
  /**
   * Takes ordinary frames off the window, from `at` up to `end`, and gives where the first frame stands that is not one. `base` is
   * the stream offset of the window's first byte.
   */
  readFastFrames?(at: number, end: number, base: number): number;
  /** The next payload bytes, unmasked: `bytes[start, end)`, valid only during the call. Never called with nothing. */
  framePayload(frame: Frame, bytes: Uint8Array, start: number, end: number): void;
  /** The payload is complete, or the input ended inside the frame (`frame.complete` tells). */
  frameEnd(frame: Frame): void;
}

/** Decides where the frames of a stream end, since an HTTP head may begin there. */
export interface FrameLimit {
  /**
   * Whether frames are read no further than to a byte: its offset in the stream, and the bytes from it on, `bytes[at, end)`. It
   * is asked about a byte with which a frame would begin that few frames begin with, and a letter: FIN 0 and RSV1 1.
   */
  shouldStopBefore(offset: number, bytes: Uint8Array, at: number, end: number): boolean;
}

/**
 * Turns a byte stream into frames (RFC 6455 §5.2), whatever pieces it comes in. It judges nothing and fails on nothing:
 * any bytes are frames, the last one perhaps incomplete. Memory does not depend on what headers claim.
 */
export class FrameDecoder {
  readonly #sink: FrameSink;
  /** Offset in the byte stream of the next byte to come. */
  #offset: number;
  #frame: Frame | null = null;
  /** Payload bytes that the open frame still lacks; inexact past 2^53, which no input reaches. */
  #missingPayload = 0;
  /** Whether the open frame's payload is passed over. */
  #isSkippingPayload = false;
  readonly #limit: FrameLimit | null;
  /** The first bytes of a header whose rest has not come yet. */
  #partialHeader: Uint8Array = EMPTY_BYTES;
  /** Bytes that are copied into the window at once: few where reading has stopped, since it may do so again and again. */
  #maxDecodeBytes: number = DECODE_BUFFER_BYTES;

  /** @param offset of the first byte that will be pushed, for a stream that is entered in its middle */
  constructor(sink: FrameSink, offset = 0, limit: FrameLimit | null = null) {
    this.#sink = sink;
    this.#offset = offset;
    this.#limit = limit;
  }

  /** Takes the next bytes of the stream; says how many. They may be reused by the caller afterwards. */
  push(chunk: Uint8Array): number {
    return withDecodeBuffer(() => {
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
    });
  }

  /** Passes over payload bytes of the open frame, of so many that are there. Gives how many those were. */
  #skipPayload(frame: Frame, there: number): number {
    const size = Math.min(this.#missingPayload, there);
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

  /** Leaves out bytes of the stream that are no frames, between two frames. */
  skip(bytes: number): void {
    this.#offset += bytes;
  }

  /** Payload bytes that the frame which is being read still lacks; `null` between two frames, and inside a header. */
  get missingPayload(): number | null {
    return this.#frame === null ? null : this.#missingPayload;
  }

  /** The frame that is being read; `null` between two frames, and inside a header. */
  get openFrame(): Frame | null {
    return this.#frame;
  }

  /** Says that the stream is over, or goes on elsewhere: a frame that is still open is handed over as incomplete. */
  end(): void {
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
   * Decodes the window's first `end` bytes, of which those from `fresh` on have not been seen before; `base` is the stream
   * offset of the window's first byte. Gives the end of what was read.
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

/** Uses the window, which a sink further up the stack may be in the middle of: what is in it is put aside, then put back. */
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

/** How long the header at `at` is, from its second byte (RFC 6455 §5.2). */
function parseHeaderLength(at: number): number {
  const second = DECODE_BUFFER[at + 1] as number;
  return 2 + extendedLengthSize(parseLengthBits(second & 0x7f)) + (second & 0x80 ? 4 : 0);
}

function parseLengthBits(shortLength: number): LengthBits {
  return shortLength < 126 ? 7 : shortLength === 126 ? 16 : 64;
}

/** Reads the header at `at`, of which the window has the bytes up to `end`: all of them, or all that ever came. */
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
