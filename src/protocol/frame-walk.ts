import type { Frame, Sender } from "./frame.js";
import { FrameDecoder } from "./frame-decoder.js";
import { isControl, OPCODE, opcodeInfo } from "./opcode.js";

/** What a walk over bytes met, taken as frames one after the other. */
interface Walk {
  /** Whose they are: masked frames are a client's. */
  readonly senders: ReadonlySet<Sender>;
  /** Whether a frame begins a message or stands alone: continuations alone look like too much else. */
  readonly begins: boolean;
  /** Whether every header is one that a connection has; one that is cut is held to be. */
  readonly credible: boolean;
  /** Whether no frame is cut. */
  readonly whole: boolean;
}

/**
 * Whether bytes are whole frames, one after the other, whose headers are credible: defined opcodes, no RSV bits but RSV1
 * where a message may begin, control frames short and final. It tells bytes from bytes that only look like them.
 *
 * @param cut whether the bytes are the start of more, so that the last frame may be incomplete
 */
export function walksAsFrames(bytes: Uint8Array, cut: boolean): boolean {
  const { senders, credible, whole } = walk(bytes);
  return senders.size > 0 && credible && (whole || cut);
}

/**
 * Whose frames bytes are, when they are whole and credible frames of one sender: masked ones a client's; `null` when they are
 * not.
 */
export function wholeFrames(bytes: Uint8Array): Sender | null {
  const { senders, begins, credible, whole } = walk(bytes);
  const [sender] = senders;
  return sender !== undefined && senders.size === 1 && begins && credible && whole ? sender : null;
}

function walk(bytes: Uint8Array): Walk {
  const senders = new Set<Sender>();
  let begins = false;
  let credible = true;
  let whole = true;
  const decoder = new FrameDecoder({
    frameStart(frame) {
      senders.add(frame.masked ? "client" : "server");
      begins ||= frame.opcode !== OPCODE.continuation;
      credible &&= frame.cutHeader !== null || isCredible(frame);
    },
    framePayload() {},
    frameEnd(frame) {
      whole &&= frame.complete;
    },
  });
  decoder.push(bytes);
  decoder.end();
  return { senders, begins, credible, whole };
}

/** Whether a header is one that a connection has: nothing reserved, control frames short and whole. */
export function isCredible({ opcode, fin, rsv1, rsv2, rsv3, payloadLength }: Frame): boolean {
  if (rsv2 || rsv3 || opcodeInfo(opcode).name === "reserved") return false;
  if (isControl(opcode)) return fin && payloadLength <= 125 && !rsv1;
  return !rsv1 || opcode !== OPCODE.continuation;
}
