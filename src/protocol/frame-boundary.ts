import { type Frame, minimalLengthBits, type Sender } from "./frame.js";
import { FrameDecoder } from "./frame-decoder.js";
import { isCredible } from "./frame-walk.js";

/** The longest header, in bytes. */
const LONGEST_HEADER = 14;
/** So many credible frames, one right behind the other, are hardly chance. */
const ENOUGH = 4;

/** A place where a frame may begin. */
export interface Boundary {
  /** Index in the bytes that were looked at. */
  readonly at: number;
  /** How many credible frames stand there, one right behind the other. */
  readonly frames: number;
}

/**
 * The first place in bytes from the middle of a stream at which frames begin: {@link ENOUGH} of them, or as many as there are up
 * to the end; `null` when that cannot be told.
 *
 * @param sender whose bytes they are, which says whether its frames are masked; `null` when that is not known
 * @param over whether no more bytes follow
 */
export function frameBoundary(bytes: Uint8Array, sender: Sender | null, over: boolean): Boundary | null {
  let best: Boundary | null = null;
  for (let at = 0; at < bytes.length; at++) {
    if (!mayBegin(bytes, at, sender)) continue;
    const { frames, end } = credibleFrames(bytes, at, sender);
    // A packet mostly holds whole frames, so that bytes which are just that hardly begin inside one.
    if (frames >= ENOUGH || (at === 0 && frames > 0 && end === bytes.length)) return { at, frames };
    if (over && frames > 0 && end === bytes.length && frames > (best?.frames ?? 0)) best = { at, frames };
  }
  return best;
}

/** The credible frames that stand at a place, as far as {@link ENOUGH}, and where the last of them ends. */
function credibleFrames(bytes: Uint8Array, at: number, sender: Sender | null): { frames: number; end: number } {
  let end = at;
  let frames = 0;
  while (frames < ENOUGH && end < bytes.length) {
    const frame = headerAt(bytes, end);
    if (frame === null || !fits(frame, sender)) return { frames, end };
    const next = end + frame.headerLength + Number(frame.payloadLength);
    if (next > bytes.length) return { frames, end };
    end = next;
    frames++;
  }
  return { frames, end };
}

/** Whether the first two bytes of a header stand at a place, as far as they alone tell: most places are ruled out so. */
function mayBegin(bytes: Uint8Array, at: number, sender: Sender | null): boolean {
  const first = bytes[at] as number;
  const masked = (bytes[at + 1] ?? 0) >= 0x80;
  const opcode = first & 0x0f;
  return (
    (first & 0x30) === 0 &&
    (opcode <= 2 || (opcode >= 8 && opcode <= 10)) &&
    (sender === null || masked === (sender === "client"))
  );
}

function fits(frame: Frame, sender: Sender | null): boolean {
  if (!isCredible(frame) || frame.lengthBits !== minimalLengthBits(frame.payloadLength)) return false;
  return sender === null || frame.masked === (sender === "client");
}

/** The header at a place; `null` when not all of it is there. */
function headerAt(bytes: Uint8Array, at: number): Frame | null {
  let header: Frame | null = null;
  const sink = {
    frameStart(frame: Frame) {
      header ??= frame;
    },
    framePayload() {},
    frameEnd() {},
  };
  new FrameDecoder(sink).push(bytes.subarray(at, at + LONGEST_HEADER));
  return header;
}
