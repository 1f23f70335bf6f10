import { FrameDecoder } from "../frame/decoder.js";
import type { Frame, Sender } from "../frame/frame.js";
import { isControl, OPCODE, opcodeInfo } from "../frame/opcode.js";
import { chainFrom, follow, headerAt, packetBits, payloadBits } from "./frame-chain.js";

/** What a walk over bytes met, taken as frames one after the other. */
interface Walk {
  /** Whose they are: masked frames are a client's. */
  readonly senders: ReadonlySet<Sender>;
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

/** Whose frames a packet has, and how much speaks for that, in bits. */
export interface FramesSeen {
  readonly sender: Sender;
  readonly bits: number;
}

/**
 * Whose frames a packet is, when it is whole frames of one sender of which messages can be made: masked ones a client's; `null`
 * when it is not.
 */
export function wholeFrames(bytes: Uint8Array): FramesSeen | null {
  let sender: Sender | null = null;
  let chain = chainFrom(0);
  for (let at = 0; at < bytes.length; ) {
    const header = headerAt(bytes, at, bytes.length, sender);
    if (header === null || header === "cut") return null;
    sender ??= header.masked ? "client" : "server";
    const payload = at + header.headerLength;
    at = payload + header.payloadLength;
    const followed = at > bytes.length ? null : follow(chain, header, "unknown");
    const bits = followed === null ? null : payloadBits(header, bytes, payload, at);
    if (followed === null || bits === null) return null;
    chain = { ...followed, bits: followed.bits + bits };
  }
  // Nothing but headers that all data is full of tells nothing.
  if (sender === null || chain.last === null || chain.bits === 0) return null;
  return { sender, bits: chain.bits + packetBits(chain.last) };
}

function walk(bytes: Uint8Array): Walk {
  const senders = new Set<Sender>();
  let credible = true;
  let whole = true;
  const decoder = new FrameDecoder({
    frameStart(frame) {
      senders.add(frame.masked ? "client" : "server");
      credible &&= frame.cutHeader !== null || isCredible(frame);
    },
    framePayload() {},
    frameEnd(frame) {
      whole &&= frame.complete;
    },
  });
  decoder.push(bytes);
  decoder.end();
  return { senders, credible, whole };
}

/** Whether a header is one that a connection has: nothing reserved, control frames short and whole. */
export function isCredible({ opcode, fin, rsv1, rsv2, rsv3, payloadLength }: Frame): boolean {
  if (rsv2 || rsv3 || opcodeInfo(opcode).name === "reserved") return false;
  if (isControl(opcode)) return fin && payloadLength <= 125 && !rsv1;
  return !rsv1 || opcode !== OPCODE.continuation;
}
