import type { ConnectionState } from "./connection-state.js";
import { FastFrame } from "./fast-frame.js";
import { DECODE_BUFFER, DECODE_BUFFER_VIEW } from "./frame/decode-buffer.js";
import type { Sender } from "./frame/frame.js";
import { OPCODE } from "./frame/opcode.js";

const FINAL_TEXT = 0x80 | OPCODE.text;
const FINAL_BINARY = 0x80 | OPCODE.binary;

/** Filled anew for each fast frame, of all connections. */
const FAST_FRAMES: Readonly<Record<Sender, FastFrame>> = {
  client: new FastFrame("client"),
  server: new FastFrame("server"),
};

/**
 * Reads fast frames from the decode buffer, from `start` up to `end`. It reads none while a handshake or a message is open,
 * or after a Close frame.
 *
 * @param only whose frames they are; `null` to decide by the MASK bit
 * @param base offset in the byte stream of the decode buffer's first byte
 * @returns index of the first frame that is not a fast one
 */
export function readFastFrames(
  only: Sender | null,
  start: number,
  end: number,
  base: number,
  state: ConnectionState,
): number {
  if (state.pendingHandshake.isWaiting) return start;
  for (let at = start; ; ) {
    const sender = only ?? (at + 1 < end && (DECODE_BUFFER[at + 1] as number) >= 0x80 ? "client" : "server");
    const { close, assembler } = state.senderStates[sender];
    if (close !== null || !assembler.isIdle) return at;
    const frame = FAST_FRAMES[sender];
    frame.stream = state.stream;
    frame.keep = state.keep;
    frame.senderKnown = only !== null;
    frame.at = state.at;
    frame.subprotocol = state.subprotocol;
    frame.rsv1Meaning = state.rsv1;
    frame.otherExtensions = state.mayHaveOtherExtensions;
    const next = readSenderFrames(at, end, base, state, frame);
    if (next === at) return at;
    at = next;
  }
}

/**
 * Reads the fast frames of one sender, from `start` up to `end`.
 *
 * @param frame filled for each frame, and passed to the connection's sink
 * @returns index of the first frame that is not a fast one, or is the other sender's
 */
function readSenderFrames(start: number, end: number, base: number, state: ConnectionState, frame: FastFrame): number {
  const { masked } = frame;
  const direction = state.senderStates[frame.sender];
  const mask = masked ? 0x80 : 0;
  const firstIndex = state.nextFrameIndex;
  let lastKey = (direction.lastMaskingKey ?? 0) | 0;
  let at = start;
  while (at + 2 <= end) {
    const first = DECODE_BUFFER[at] as number;
    if (first !== FINAL_TEXT && first !== FINAL_BINARY) break;
    let length = (DECODE_BUFFER[at + 1] as number) ^ mask;
    let payloadAt = at + 2;
    if (length > 125) {
      // The other sender's, or the 64-bit form, which no frame inside the decode buffer needs.
      if (length !== 126 || at + 4 > end) break;
      length = DECODE_BUFFER_VIEW.getUint16(at + 2);
      if (length <= 125) break;
      payloadAt += 2;
    }
    let key = 0;
    if (masked) {
      payloadAt += 4;
      if (payloadAt + length > end) break;
      key = DECODE_BUFFER_VIEW.getInt32(payloadAt - 4);
      if (key === 0 || key === lastKey) break;
    } else if (payloadAt + length > end) break;
    frame.fill(first, base + at, payloadAt, payloadAt - at, length, key);
    if (first === FINAL_TEXT) {
      if (!frame.isUtf8()) break;
    } else frame.isAscii = false;
    lastKey = key;
    at = payloadAt + length;
    frame.index = state.nextFrameIndex++;
    frame.messageIndex = state.nextMessageIndex++;
    state.sink.fastFrame?.(frame);
  }
  const frames = state.nextFrameIndex - firstIndex;
  if (frames > 0) direction.countFastFrames(frames, at - start, masked ? lastKey >>> 0 : null);
  return at;
}
