import { FrameDecoder } from "../frame/decoder.js";
import type { Frame, Sender } from "../frame/frame.js";
import { isControl, OPCODE, opcodeInfo } from "../frame/opcode.js";
import { extendChain, parseHeaderAt, scorePacket, scorePayload, startChain } from "./frame-chain.js";

/** What a walk over bytes met, taken as frames one after the other. */
interface FrameScan {
  /** Whose they are: masked frames are a client's. */
  readonly senders: ReadonlySet<Sender>;
  /** Whether every header is one that a connection has; one that is cut is held to be. */
  readonly isPlausible: boolean;
  /** Whether no frame is cut. */
  readonly isWhole: boolean;
}

/**
 * Whether bytes are whole frames, one after the other, whose headers are credible: defined opcodes, no RSV bits but RSV1
 * where a message may begin, control frames short and final. It separates frames from bytes that only look like them.
 *
 * @param cut whether the bytes are the start of more, so that the last frame may be incomplete
 */
export function looksLikeFrames(bytes: Uint8Array, cut: boolean): boolean {
  const { senders, isPlausible, isWhole } = scanFrames(bytes);
  return senders.size > 0 && isPlausible && (isWhole || cut);
}

/** Whose frames a packet has, and the evidence for it, in bits. */
export interface FrameEvidence {
  readonly sender: Sender;
  readonly bits: number;
}

/**
 * Whose frames a packet is, if it is whole frames of one sender in a valid order: masked ones are a client's; `null`
 * when it is not.
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
    const followed = at > bytes.length ? null : extendChain(chain, header, "unknown");
    const bits = followed === null ? null : scorePayload(header, bytes, payload, at);
    if (followed === null || bits === null) return null;
    chain = { ...followed, evidenceBits: followed.evidenceBits + bits };
  }
  // Headers alone that occur in any data are no evidence.
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

/** Whether a header is one that a connection has: nothing reserved, control frames short and whole. */
export function isPlausibleHeader({ opcode, fin, rsv1, rsv2, rsv3, payloadLength }: Frame): boolean {
  if (rsv2 || rsv3 || opcodeInfo(opcode).name === "reserved") return false;
  if (isControl(opcode)) return fin && payloadLength <= 125 && !rsv1;
  return !rsv1 || opcode !== OPCODE.continuation;
}
