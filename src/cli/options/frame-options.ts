import { quote } from "../../bytes/safe-text.js";
import { parseSize } from "../../bytes/size.js";
import type { FrameDescription } from "../../protocol/frame/encoder.js";
import type { LengthBits } from "../../protocol/frame/frame.js";
import { OPCODE } from "../../protocol/frame/opcode.js";
import { UsageError } from "../usage-error.js";

/** The options for a frame's header, as given. */
export interface FrameOptions {
  readonly opcode?: string;
  readonly mask?: boolean;
  readonly maskingKey?: string;
  readonly closeCode?: string;
  readonly fragment?: string;
  readonly rsv1?: boolean;
  readonly rsv2?: boolean;
  readonly rsv3?: boolean;
  readonly lengthBits?: string;
  readonly length?: string;
}

const MAX_ANNOUNCED_LENGTH = 2n ** 64n - 1n;

/** The header fields that all frames share. */
export function parseFrameOptions(options: FrameOptions): FrameDescription {
  const { rsv1 = false, rsv2 = false, rsv3 = false, mask = false, maskingKey, lengthBits, length } = options;
  if (mask && maskingKey !== undefined)
    throw new UsageError("--mask uses a random key: give --mask or --masking-key, not both");
  return {
    opcode: parseOpcodeOptions(options),
    rsv1,
    rsv2,
    rsv3,
    ...(maskingKey === undefined ? {} : { maskingKey: parseMaskingKeyOption(maskingKey) }),
    ...(lengthBits === undefined ? {} : { lengthBits: parseLengthBitsOption(lengthBits) }),
    ...(length === undefined ? {} : { payloadLength: parseWholeNumber("--length", length, 0n, MAX_ANNOUNCED_LENGTH) }),
  };
}

/** The maximum payload of a fragment, in bytes; infinite for a single frame. */
export function parseFragmentOption({ fragment }: FrameOptions): number {
  if (fragment === undefined) return Number.POSITIVE_INFINITY;
  const size = parseSize(fragment);
  if (size !== null && size > 0) return size;
  throw new UsageError(`--fragment must be a size of at least 1, such as 100 or 64KiB, not ${quote(fragment)}`);
}

/**
 * A status code, 0–65535.
 *
 * @param source the option or prompt command that an error names
 */
export function parseCloseCodeOption(text: string, source = "--close-code"): number {
  return Number(parseWholeNumber(source, text, 0n, 0xffffn));
}

function parseOpcodeOptions({ opcode, closeCode }: FrameOptions): number {
  const value = opcode === undefined ? (closeCode === undefined ? OPCODE.text : OPCODE.close) : parseOpcode(opcode);
  if (closeCode === undefined || value === OPCODE.close) return value;
  throw new UsageError(`--close-code applies only to Close frames, not to --opcode ${opcode}`);
}

function parseOpcode(text: string): number {
  if (Object.hasOwn(OPCODE, text)) return OPCODE[text as keyof typeof OPCODE];
  if (/^0x[0-9a-f]$/i.test(text)) return Number(text);
  throw new UsageError(`--opcode must be ${Object.keys(OPCODE).join(", ")}, or 0x0 to 0xF, not ${quote(text)}`);
}

function parseMaskingKeyOption(text: string): number {
  const digits = text.replace(/^0x/i, "").replace(/[\s:]/g, "");
  if (/^[0-9a-f]{8}$/i.test(digits)) return Number.parseInt(digits, 16);
  throw new UsageError(`--masking-key must be 8 hex digits, such as 37fa213d, not ${quote(text)}`);
}

function parseWholeNumber(source: string, text: string, least: bigint, most: bigint): bigint {
  const number = /^\d+$/.test(text) ? BigInt(text) : -1n;
  if (number >= least && number <= most) return number;
  throw new UsageError(`${source} must be a whole number from ${least} to ${most}, not ${quote(text)}`);
}

function parseLengthBitsOption(text: string): LengthBits {
  if (text === "7") return 7;
  if (text === "16") return 16;
  if (text === "64") return 64;
  throw new UsageError(`--length-bits must be 7, 16 or 64, not ${quote(text)}`);
}
