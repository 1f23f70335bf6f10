import { formatHexByte } from "../bytes/hex.js";
import { formatNumber } from "../bytes/size.js";
import type { Utf8Error } from "../protocol/text-check.js";

/** What a sentence about invalid UTF-8 needs. */
export interface Utf8Fault {
  readonly [key: string]: number | null | readonly number[];
  readonly sequence: readonly number[];
  readonly byte: number | null;
  readonly inflatedAt: number | null;
}

/** Builds the detail of a finding from an error of the UTF-8 check. */
export function buildUtf8Fault({ sequence, byte, inflatedAt }: Utf8Error): Utf8Fault {
  return { sequence, byte, inflatedAt };
}

/** Why bytes are not UTF-8 (RFC 3629 §4), with the code points concerned, as the end of a sentence. */
export function formatUtf8Reason(fault: Utf8Fault): string {
  const { inflatedAt } = fault;
  const where = inflatedAt === null ? "" : ` (byte ${formatNumber(inflatedAt)} of the inflated text)`;
  return formatReason(fault) + where;
}

function formatReason({ sequence, byte }: Utf8Fault): string {
  const before = sequence.map(formatHexByte).join(" ");
  if (byte === null) return `it ends inside a character: ${before} starts ${formatCodePoints(sequence)}`;
  const bad = formatHexByte(byte);
  const [lead] = sequence;
  if (lead === undefined) return `byte ${bad} ${formatLeadReason(byte)}`;
  const second = sequence.length === 1 && byte >= 0x80 && byte <= 0xbf;
  const meant = formatCodePoints([...sequence, byte]);
  if (second && lead === 0xed) return `${before} ${bad} starts a surrogate (${meant}), which UTF-8 must not encode`;
  if (second && lead === 0xf4) return `${before} ${bad} starts a code point beyond U+10FFFF (${meant})`;
  if (second) return `${before} ${bad} starts an overlong encoding of ${meant}`;
  return `byte ${bad} cannot follow ${before}, which starts ${formatCodePoints(sequence)}: a continuation byte (80–bf) must follow`;
}

function formatLeadReason(byte: number): string {
  if (byte < 0xc0) return "is a continuation byte without a lead byte before it";
  if (byte < 0xc2) return `starts an overlong encoding of ${formatCodePoints([byte])}`;
  return "never occurs in UTF-8";
}

/** The range of code points whose encoding starts with a sequence: `U+4F40–U+4F7F`. */
function formatCodePoints([lead = 0, ...rest]: readonly number[]): string {
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  const least = rest.reduce((code, byte) => (code << 6) | (byte & 0x3f), lead & (0x7f >> length));
  const open = 6 * (length - 1 - rest.length);
  // The range may include code points that need another encoding, but it contains every valid one.
  return `U+${formatCodePoint(least << open)}–U+${formatCodePoint(((least + 1) << open) - 1)}`;
}

function formatCodePoint(code: number): string {
  return code.toString(16).toUpperCase().padStart(4, "0");
}
