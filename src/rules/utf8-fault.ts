import { formatHexByte } from "../bytes/hex.js";
import { formatNumber } from "../bytes/size.js";
import type { Utf8Error } from "../protocol/text-check.js";

/** The particulars of bytes that are not UTF-8, as a sentence needs them. */
export interface Utf8Fault {
  readonly [key: string]: number | null | readonly number[];
  readonly sequence: readonly number[];
  readonly byte: number | null;
  readonly inflatedAt: number | null;
}

/** What a finding keeps of bytes that are not UTF-8. */
export function buildUtf8Fault({ sequence, byte, inflatedAt }: Utf8Error): Utf8Fault {
  return { sequence, byte, inflatedAt };
}

/** Says why bytes are not UTF-8 (RFC 3629 §4), with the code point that they break, as the end of a sentence. */
export function formatUtf8Reason(fault: Utf8Fault): string {
  const { inflatedAt } = fault;
  const where = inflatedAt === null ? "" : ` (byte ${formatNumber(inflatedAt)} of the inflated text)`;
  return formatReason(fault) + where;
}

function formatReason({ sequence, byte }: Utf8Fault): string {
  const before = sequence.map(formatHexByte).join(" ");
  if (byte === null) return `it ends inside the character ${formatCodePoints(sequence)} that ${before} begins`;
  const bad = formatHexByte(byte);
  const [lead] = sequence;
  if (lead === undefined) return `byte ${bad} ${formatLeadReason(byte)}`;
  const second = sequence.length === 1 && byte >= 0x80 && byte <= 0xbf;
  const meant = formatCodePoints([...sequence, byte]);
  if (second && lead === 0xed) return `${before} ${bad} begins a surrogate (${meant}), which UTF-8 does not encode`;
  if (second && lead === 0xf4) return `${before} ${bad} begins a code point past U+10FFFF (${meant})`;
  if (second) return `${before} ${bad} begins a form that is longer than its code point (${meant}) needs`;
  return `byte ${bad} cannot follow ${before}, which begins ${formatCodePoints(sequence)}: a continuation byte (80–bf) must`;
}

function formatLeadReason(byte: number): string {
  if (byte < 0xc0) return "is a continuation byte without a character before it";
  if (byte < 0xc2) return `would begin a form that is longer than its code point (${formatCodePoints([byte])}) needs`;
  return "never occurs in UTF-8";
}

/** The code points that a sequence begins: `U+4F40–U+4F7F`. */
function formatCodePoints([lead = 0, ...rest]: readonly number[]): string {
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  const least = rest.reduce((code, byte) => (code << 6) | (byte & 0x3f), lead & (0x7f >> length));
  const open = 6 * (length - 1 - rest.length);
  // Not every code point of the range may be encoded so; those that are meant are all in it.
  return `U+${formatCodePoint(least << open)}–U+${formatCodePoint(((least + 1) << open) - 1)}`;
}

function formatCodePoint(code: number): string {
  return code.toString(16).toUpperCase().padStart(4, "0");
}
