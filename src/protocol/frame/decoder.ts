import { VIEW, WINDOW, WINDOW_SIZE } from "./decode-buffer.js";
import { extendedLengthSize, type Frame, type LengthBits } from "./frame.js";
import { applyMask } from "./masking.js";

/** Bytes that are looked at after reading has stopped before a byte; twice as many each time that it does not. */
const AFTER_STOP = 256;
const NOTHING = new Uint8Array(0);
/** Bytes of the window that a `push` further up the stack still needs. */
let occupied = 0;

/** Receives what a {@link FrameDecoder} finds, in the order of the bytes. */
export interface FrameSink {
  /** The header is complete, or the input ended inside it. */
  frameStart(frame: Frame): void;
  /**
   * Whether nobody looks at the payload of the frame that began: then it is passed over, neither copied nor unmasked, and
   * {@link framePayload} is not called. Left out: no.
   */
  passesOver?(frame: Frame): boolean;
  /** Whether ordinary frames are taken off the window, by {@link readOrdinary}; left out: no. */
  readonly takesOrdinary?: boolean;
  /**
   * Takes ordinary frames off the window, from `at` up to `end`, and gives where the first frame stands that is not one. `base` is
   * the stream offset of the window's first byte.
   */
  readOrdinary?(at: number, end: number, base: number): number;
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
  stopsBefore(offset: number, bytes: Uint8Array, at: number, end: number): boolean;
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
  #missing = 0;
  /** Whether the open frame's payload is passed over. */
  #passing = false;
  readonly #limit: FrameLimit | null;
  /** The first bytes of a header whose rest has not come yet. */
  #carried: Uint8Array = NOTHING;
  /** Bytes that are copied into the window at once: few where reading has stopped, since it may do so again and again. */
  #reach: number = WINDOW_SIZE;

  /** @param offset of the first byte that will be pushed, for a stream that is entered in its middle */
  constructor(sink: FrameSink, offset = 0, limit: FrameLimit | null = null) {
    this.#sink = sink;
    this.#offset = offset;
    this.#limit = limit;
  }

  /** Takes the next bytes of the stream; says how many. They may be reused by the caller afterwards. */
  push(chunk: Uint8Array): number {
    return withWindow(() => {
      let taken = 0;
      while (taken < chunk.length) {
        if (this.#frame !== null && this.#passing && this.#missing > 0) {
          taken += this.#passOver(this.#frame, chunk.length - taken);
          continue;
        }
        const carried = this.#carried.length;
        const size = Math.min(chunk.length - taken, this.#reach);
        WINDOW.set(this.#carried, 0);
        WINDOW.set(size === chunk.length ? chunk : chunk.subarray(taken, taken + size), carried);
        occupied = carried + size;
        const decoded = this.#decode(this.#offset - carried, carried, occupied) - carried;
        taken += decoded;
        this.#offset += decoded;
        if (decoded < size) {
          this.#reach = AFTER_STOP;
          break;
        }
        this.#reach = Math.min(2 * this.#reach, WINDOW_SIZE);
      }
      return taken;
    });
  }

  /** Passes over payload bytes of the open frame, of so many that are there. Gives how many those were. */
  #passOver(frame: Frame, there: number): number {
    const size = Math.min(this.#missing, there);
    frame.payloadReceived += size;
    this.#missing -= size;
    this.#offset += size;
    if (this.#missing === 0) {
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
  get missing(): number | null {
    return this.#frame === null ? null : this.#missing;
  }

  /** The frame that is being read; `null` between two frames, and inside a header. */
  get openFrame(): Frame | null {
    return this.#frame;
  }

  /** Says that the stream is over, or goes on elsewhere: a frame that is still open is handed over as incomplete. */
  end(): void {
    const cut = this.#carried;
    const open = this.#frame;
    this.#carried = NOTHING;
    this.#frame = null;
    if (open !== null) this.#sink.frameEnd(open);
    if (cut.length === 0) return;
    const frame = withWindow(() => {
      WINDOW.set(cut, 0);
      return readHeader(0, cut.length, this.#offset - cut.length);
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
    const fast = sink.takesOrdinary === true;
    let at = 0;
    let frame = this.#frame;
    let missing = this.#missing;
    let stopped = false;
    for (;;) {
      if (frame === null) {
        if (fast) at = sink.readOrdinary?.(at, end, base) ?? at;
        if (
          at < end &&
          couldBeLetter(WINDOW[at] as number) &&
          at >= fresh &&
          limit?.stopsBefore(base + at, WINDOW, at, end)
        ) {
          stopped = true;
          break;
        }
        if (end - at < 2 || end - at < headerLengthAt(at)) break;
        frame = readHeader(at, end, base + at);
        at += frame.headerLength;
        missing = Number(frame.payloadLength);
        sink.frameStart(frame);
        this.#passing = sink.passesOver?.(frame) ?? false;
      }
      if (missing > 0) {
        if (at === end) break;
        const size = Math.min(missing, end - at);
        if (frame.masked && !this.#passing)
          applyMask(WINDOW, VIEW, at, at + size, frame.maskingKey, frame.payloadReceived);
        frame.payloadReceived += size;
        missing -= size;
        if (!this.#passing) sink.framePayload(frame, WINDOW, at, at + size);
        at += size;
        if (missing > 0) break;
      }
      const done = frame;
      frame = null;
      done.complete = true;
      sink.frameEnd(done);
    }
    this.#frame = frame;
    this.#missing = missing;
    this.#carried = stopped || at === end ? NOTHING : WINDOW.slice(at, end);
    return stopped ? at : end;
  }
}

/** Whether the first byte of a frame could be a letter as well, with which an HTTP head begins: FIN 0, RSV1 1. */
export function couldBeLetter(byte: number): boolean {
  return (byte & 0xc0) === 0x40;
}

/** Uses the window, which a sink further up the stack may be in the middle of: what is in it is put aside, then put back. */
function withWindow<T>(use: () => T): T {
  const outer = occupied;
  const aside = outer > 0 ? WINDOW.slice(0, outer) : null;
  try {
    return use();
  } finally {
    occupied = outer;
    if (aside !== null) WINDOW.set(aside);
  }
}

/** How long the header at `at` is, from its second byte (RFC 6455 §5.2). */
function headerLengthAt(at: number): number {
  const second = WINDOW[at + 1] as number;
  return 2 + extendedLengthSize(lengthBitsOf(second & 0x7f)) + (second & 0x80 ? 4 : 0);
}

function lengthBitsOf(shortLength: number): LengthBits {
  return shortLength < 126 ? 7 : shortLength === 126 ? 16 : 64;
}

/** Reads the header at `at`, of which the window has the bytes up to `end`: all of them, or all that ever came. */
function readHeader(at: number, end: number, offset: number): Frame {
  const first = WINDOW[at] as number;
  const second = end - at < 2 ? 0 : (WINDOW[at + 1] as number);
  const shortLength = second & 0x7f;
  const lengthBits = lengthBitsOf(shortLength);
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
    maskingKey: masked && !cut ? VIEW.getUint32(keyAt) : 0,
    lengthBits,
    payloadLength: lengthBits === 7 ? shortLength : end < keyAt ? 0 : readExtendedLength(at + 2, lengthBits),
    payloadReceived: 0,
    complete: false,
    cutHeader: cut ? WINDOW.slice(at, end) : null,
  };
}

function readExtendedLength(at: number, lengthBits: LengthBits): number | bigint {
  if (lengthBits === 16) return VIEW.getUint16(at);
  const high = VIEW.getUint32(at);
  return high < 0x200000 ? high * 0x1_0000_0000 + VIEW.getUint32(at + 4) : VIEW.getBigUint64(at);
}
