import type { Frame, Sender } from "./frame.js";
import { FrameDecoder } from "./frame-decoder.js";
import { isControl, OPCODE, opcodeInfo } from "./opcode.js";

/**
 * Whether bytes are whole frames, one after the other, whose headers are credible: defined opcodes, no RSV bits but RSV1
 * where a message may begin, control frames short and final. It tells bytes from bytes that only look like them.
 *
 * @param cut whether the bytes are the start of more, so that the last frame may be incomplete
 */
export function walksAsFrames(bytes: Uint8Array, cut: boolean): boolean {
  let frames = 0;
  let credible = true;
  const decoder = new FrameDecoder({
    frameStart(frame) {
      frames++;
      credible &&= frame.cutHeader !== null || isCredible(frame);
    },
    framePayload() {},
    frameEnd(frame) {
      credible &&= frame.complete || cut;
    },
  });
  decoder.push(bytes);
  decoder.end();
  return frames > 0 && credible;
}

/**
 * Whose frames bytes are, when they are whole and credible frames of one sender: masked ones a client's; `null` when they are
 * not.
 */
export function wholeFrames(bytes: Uint8Array): Sender | null {
  const senders = new Set<Sender>();
  // Continuations alone look like too much else.
  let begins = false;
  const decoder = new FrameDecoder({
    frameStart({ masked, opcode }) {
      senders.add(masked ? "client" : "server");
      begins ||= opcode !== OPCODE.continuation;
    },
    framePayload() {},
    frameEnd() {},
  });
  decoder.push(bytes);
  const [sender] = senders;
  return sender !== undefined && begins && senders.size === 1 && walksAsFrames(bytes, false) ? sender : null;
}

/** Whether a header is one that a connection has: nothing reserved, control frames short and whole. */
export function isCredible({ opcode, fin, rsv1, rsv2, rsv3, payloadLength }: Frame): boolean {
  if (rsv2 || rsv3 || opcodeInfo(opcode).name === "reserved") return false;
  if (isControl(opcode)) return fin && payloadLength <= 125 && !rsv1;
  return !rsv1 || opcode !== OPCODE.continuation;
}
