import { hexByte } from "../bytes/hex.js";
import type { Utf8Error } from "../protocol/text-check.js";

/** The particulars of bytes that are not UTF-8, as a sentence needs them. */
export interface Utf8Fault {
  readonly [key: string]: number | null | readonly number[];
  readonly sequence: readonly number[];
  readonly byte: number | null;
}

/** What a finding keeps of bytes that are not UTF-8. */
export function utf8Fault({ sequence, byte }: Utf8Error): Utf8Fault {
  return { sequence, byte };
}

/** Says why bytes are not UTF-8 (RFC 3629 §4), as the end of a sentence. */
export function utf8Reason({ sequence, byte }: Utf8Fault): string {
  const before = sequence.map(hexByte).join(" ");
  if (byte === null) return `it ends inside the character that ${before} begins`;
  const bad = hexByte(byte);
  const [lead] = sequence;
  if (lead === undefined) return `byte ${bad} ${leadReason(byte)}`;
  const second = sequence.length === 1 && byte >= 0x80 && byte <= 0xbf;
  if (second && lead === 0xed)
    return `${before} ${bad} begins a surrogate (U+D800–U+DFFF), which UTF-8 does not encode`;
  if (second && lead === 0xf4) return `${before} ${bad} begins a code point past U+10FFFF`;
  if (second) return `${before} ${bad} begins a form that is longer than its code point needs`;
  return `byte ${bad} cannot follow ${before}: a continuation byte (80–bf) must`;
}

function leadReason(byte: number): string {
  if (byte < 0xc0) return "is a continuation byte without a character before it";
  if (byte < 0xc2) return "would begin a form that is longer than its code point needs";
  return "never occurs in UTF-8";
}
