import { FrameDecoder } from "../frame/decoder.js";
import type { Frame, Sender } from "../frame/frame.js";
import { isControl, OPCODE, opcodeInfo } from "../frame/opcode.js";
import { extendChain, parseHeaderAt, repeatsKey, scorePacket, scorePayload, startChain } from "./frame-chain.js";

/** The result of reading bytes as consecutive frames. */
interface FrameScan {
  /** The senders of the frames, from their MASK bits. */
  readonly senders: ReadonlySet<Sender>;
  /** Whether every header is plausible; a truncated one counts as plausible. */
  readonly isPlausible: boolean;
  /** Whether the last frame is complete. */
  readonly isWhole: boolean;
}

/**
 * Whether bytes are whole, consecutive frames with plausible headers: defined opcodes, no RSV bits but RSV1
 * where a message may begin, control frames short and final. It separates frames from bytes that only look like them.
 *
 * @param cut whether the bytes are the start of more, so that the last frame may be incomplete
 */
export function looksLikeFrames(bytes: Uint8Array, cut: boolean): boolean {
  const { senders, isPlausible, isWhole } = scanFrames(bytes);
  return senders.size > 0 && isPlausible && (isWhole || cut);
}

/** The sender of a packet's frames, and the evidence for it, in bits. */
export interface FrameEvidence {
  readonly sender: Sender;
  readonly bits: number;
}

/**
 * The sender of a packet's frames, if the packet consists of whole frames of one sender in a valid order: a client masks; `null`
 * otherwise.
 */
export function findWholeFrames(bytes: Uint8Array): FrameEvidence | null {
  let sender: Sender | null = null;
  let chain = startChain(0);
  for (let at = 0; at < bytes.length; ) {
    const header = parseHeaderAt(bytes, at, bytes.length, sender);
    if (header === null || header === "incomplete") return null;
    sender ??= header.masked ? "client" : "server";
    const payload = at + header.headerLength;
    at = payload + header.payloadLength;
    const followed = repeatsKey(chain, header) || at > bytes.length ? null : extendChain(chain, header, "unknown");
    const bits = followed === null ? null : scorePayload(header, bytes, payload, at);
    if (followed === null || bits === null) return null;
    chain = { ...followed, evidenceBits: followed.evidenceBits + bits };
  }
  // Headers that are common in any data are no evidence by themselves.
  if (sender === null || chain.last === null || chain.evidenceBits === 0) return null;
  return { sender, bits: chain.evidenceBits + scorePacket(chain.last) };
}

function scanFrames(bytes: Uint8Array): FrameScan {
  const senders = new Set<Sender>();
  let credible = true;
  let whole = true;
  const decoder = new FrameDecoder({
    frameStart(frame) {
      senders.add(frame.masked ? "client" : "server");
      credible &&= frame.truncatedHeader !== null || isPlausibleHeader(frame);
    },
    framePayload() {},
    frameEnd(frame) {
      whole &&= frame.complete;
    },
  });
  decoder.push(bytes);
  decoder.end();
  return { senders, isPlausible: credible, isWhole: whole };
}

/** Whether a header is plausible: no reserved bits or opcodes, control frames short and final. */
export function isPlausibleHeader({ opcode, fin, rsv1, rsv2, rsv3, payloadLength }: Frame): boolean {
  if (rsv2 || rsv3 || opcodeInfo(opcode).name === "reserved") return false;
  if (isControl(opcode)) return fin && payloadLength <= 125 && !rsv1;
  return !rsv1 || opcode !== OPCODE.continuation;
}
