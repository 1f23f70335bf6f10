import { randomBytes } from "node:crypto";
import { deflateMessage } from "../../protocol/deflate/deflate-message.js";
import { encodeFrame, type FrameDescription } from "../../protocol/frame/encoder.js";
import { isControl, OPCODE } from "../../protocol/frame/opcode.js";
import { UsageError } from "../usage-error.js";
import { type FrameOptions, parseCloseCodeOption, parseFragmentOption } from "./frame-options.js";

/** The options for building frames, as given. */
export interface BuildOptions extends FrameOptions {
  readonly from: string;
  readonly fin: boolean;
  readonly deflate?: boolean;
  readonly invalid?: boolean;
}

/** The frames that carry a payload, with the headers that the options set. */
export function buildFrames(payload: Uint8Array, header: FrameDescription, options: BuildOptions): Uint8Array[] {
  const plain = buildCloseBody(payload, header.opcode, options);
  const body = options.deflate ? compressPayload(plain, header.opcode) : plain;
  return splitIntoFrames(body, parseFragmentOption(options), header, options);
}

/** Puts the status code before a Close frame's reason (RFC 6455 §5.5.1). */
function buildCloseBody(payload: Uint8Array, opcode: number, options: BuildOptions): Uint8Array {
  if (options.closeCode !== undefined) {
    const code = parseCloseCodeOption(options.closeCode);
    return Buffer.concat([Uint8Array.of(code >> 8, code), payload]);
  }
  if (opcode === OPCODE.close && payload.length > 0 && options.from === "text" && !options.invalid) {
    throw new UsageError("a Close reason needs a status code: add --close-code 1000");
  }
  return payload;
}

/** Compresses a message as permessage-deflate does (RFC 7692 §7.2.1). */
function compressPayload(payload: Uint8Array, opcode: number): Uint8Array {
  if (isControl(opcode)) throw new UsageError("--deflate does not apply to control frames, which are never compressed");
  return deflateMessage(payload);
}

/** Splits a payload into frames of at most `size` bytes: the first has the opcode, the others are continuations (RFC 6455 §5.4). */
function splitIntoFrames(
  payload: Uint8Array,
  size: number,
  header: FrameDescription,
  options: BuildOptions,
): Uint8Array[] {
  const frames: Uint8Array[] = [];
  let start = 0;
  do {
    const end = Math.min(payload.length, start + size);
    const last = end === payload.length;
    const description: FrameDescription = {
      ...header,
      opcode: start === 0 ? header.opcode : OPCODE.continuation,
      fin: last && options.fin,
      ...(options.deflate && start === 0 ? { rsv1: true } : {}),
      payload: payload.subarray(start, end),
      ...(options.mask ? { maskingKey: randomBytes(4).readUInt32BE() } : {}),
    };
    frames.push(encodeOrRefuse(description));
    start = end;
  } while (start < payload.length);
  return frames;
}

function encodeOrRefuse(description: FrameDescription): Uint8Array {
  try {
    return encodeFrame(description);
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message);
    throw error;
  }
}
