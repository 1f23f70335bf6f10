import { ByteBuilder } from "../../bytes/byte-builder.js";
import { isCommentedHex } from "./commented-hex.js";
import { type ListBodyKind, parseListBody } from "./list-body.js";
import { hasLostData, refuseLostData } from "./lost-data.js";
import type { Fit, Notation, Sample } from "./notation.js";
import { buildTextError, createWholeTextReader } from "./whole-text.js";

/** Lists of numbers, in any language's brackets and type names. */
export const list: Notation = {
  name: "list",
  reads: "numbers: [129, 5], []byte{0x81, 5}, <<129,5>>, <Buffer 81 05>, 129.5",
  probe,
  open: (out) => createWholeTextReader("a list", ({ text }) => parseLists(text, out)),
};

/** A way to write a list: its start, its end and its items. */
interface ListShape {
  /** Why it fits, as a noun phrase. */
  readonly why: string;
  /** Ends where the list's body begins; a group `count` says how many bytes it must have. */
  readonly opener: RegExp;
  readonly closer: RegExp;
  readonly body: ListBodyKind;
}

const SPACE = 0x20;
const NEWLINE = 0x0a;

const CLOSING_BRACKET = /[\]})]/y;

/** Lists with unmistakable syntax. */
const TYPED_SHAPES: readonly ListShape[] = [
  { why: "a Node Buffer", opener: /<Buffer\b/g, closer: />/y, body: "hex" },
  { why: "a Node ArrayBuffer", opener: /\[Uint8Contents\]: </g, closer: />/y, body: "hex" },
  { why: "an NSData description", opener: /\{length = (?<count>\d+), bytes = 0x/g, closer: /\}/y, body: "hex" },
  {
    why: "an NSData description",
    // The body decides whether the list continues after these words.
    opener: /(?<![<\w])<(?=[0-9a-fA-F]{4,8}(?:(?: [0-9a-fA-F]{2,8}){0,1000}>|(?: [0-9a-fA-F]{2,8}){1000} ))/g,
    closer: />/y,
    body: "hex",
  },
  { why: "a JSON Buffer", opener: /"type"\s*:\s*"Buffer"\s*,\s*"data"\s*:\s*\[/g, closer: /\]/y, body: "numbers" },
  { why: "numbered bytes", opener: /\{(?=\s*"0"\s*:\s*-?\d)/g, closer: /\}/y, body: "numbers" },
  { why: "PHP's numbered bytes", opener: /\bArray\s*\((?=\s*\[0\] => )/g, closer: /\)/y, body: "numbers" },
  { why: "an Erlang or Elixir binary", opener: /<<(?=\d|"|>>)/g, closer: />>/y, body: "binary" },
  { why: "a typed array", opener: /\b\w+\((?<count>\d+)\)\s*\[/g, closer: CLOSING_BRACKET, body: "numbers" },
  { why: "a typed slice", opener: /\[(?<count>\d*)\](?:byte|u?int8)\s*\{/g, closer: CLOSING_BRACKET, body: "numbers" },
  { why: "a Rust vector", opener: /\bvec!\s*\[/g, closer: CLOSING_BRACKET, body: "numbers" },
  { why: "a byte array", opener: /\bnew\s+s?byte\s*\[\s*\]\s*\{/g, closer: CLOSING_BRACKET, body: "numbers" },
  { why: "a C array", opener: /\b\w+\s*\[\w*\]\s*=\s*\{/g, closer: CLOSING_BRACKET, body: "numbers" },
  { why: "a gdb value", opener: /\$\d+ = \{/g, closer: CLOSING_BRACKET, body: "numbers" },
];

const BRACKETED_SHAPE: ListShape = {
  why: "numbers in brackets",
  // A number alone in brackets is a word of a log: [1], (5).
  opener: /[[{(](?=\s*(?:\(\s*\w+\s*\)\s*)?['"]?-?(?:0[xb][0-9a-fA-F]+|\d+)(?:_?[iu]8)?['"]?(?:\s*,|\s+[-\d]))/g,
  closer: CLOSING_BRACKET,
  body: "numbers",
};
/** A number of a bare list, as programs print it: without zeros before it. The rest of its grammar is the body's. */
const BARE_NUMBER =
  /^(?:\(\s*s?byte\s*\)\s*)?['"]?-?(?:0[xX][0-9a-fA-F]{1,2}|0[bB][01]{1,8}|0|[1-9]\d{0,2})(?:_?[iu]8)?['"]?$/;

function probe({ text, isWhole }: Sample): Fit | null {
  if (text === null) return null;
  if (hasLostData(text)) return { fit: "sure", why: "signs of lost data" };
  const typed = isCommentedHex(text) ? undefined : TYPED_SHAPES.find(({ opener }) => text.search(opener) >= 0);
  if (typed !== undefined) return { fit: "sure", why: typed.why };
  const plain = blankComments(text);
  const items = plain
    .replace(/\(\s*s?byte\s*\)/g, "")
    .split(/[\s,.;[\]{}()]+/)
    .filter((item) => item !== "");
  const complete = isWhole ? items : items.slice(0, -1);
  if (complete.length > 1 && complete.every((item) => BARE_NUMBER.test(item)))
    return { fit: "fits", why: "only numbers" };
  return plain.search(BRACKETED_SHAPE.opener) >= 0 ? { fit: "fits", why: BRACKETED_SHAPE.why } : null;
}

/** Each list in a text is output separately. */
function parseLists(text: string, out: (bytes: Uint8Array) => void): void {
  refuseLostData(text);
  const plain = blankComments(text);
  if (parseShapes(plain, TYPED_SHAPES, out) > 0) return;
  const digits = parseHexNumbers(plain);
  if (digits !== null) {
    out(digits);
    return;
  }
  if (parseShapes(plain, [BRACKETED_SHAPE], out) > 0) return;
  const body = parseListBody(plain, 0, /$/y, "numbers");
  if (body.fault !== null) throw buildTextError(text, body.fault.index, body.fault.message, body.fault.hint);
  out(body.bytes);
}

/** Rust prints `{:02x?}` as hex digits without a mark: a list is hex if a letter says so. */
function parseHexNumbers(text: string): Uint8Array | null {
  const inside = text
    .trim()
    .replace(/^[[{(]/, "")
    .replace(/[\]})]$/, "")
    .trim()
    .replace(/,$/, "");
  const bytes = new ByteBuilder(Number.POSITIVE_INFINITY);
  let letters = false;
  const item = /\s*([0-9a-fA-F]{1,2})\s*(?:,|$)/y;
  while (item.lastIndex < inside.length) {
    const [, digits] = item.exec(inside) ?? [];
    if (digits === undefined) return null;
    letters ||= /[a-fA-F]/.test(digits);
    bytes.push(Number.parseInt(digits, 16));
  }
  return letters && !inside.endsWith(",") ? bytes.take() : null;
}

/** Reads the lists of some shapes in text order; returns their number. */
function parseShapes(text: string, shapes: readonly ListShape[], out: (bytes: Uint8Array) => void): number {
  const next = shapes.map((shape) => ({ shape, match: findOpener(shape, text, 0) }));
  for (let found = 0; ; found++) {
    const { shape, match } = next.reduce((a, b) => (matchIndex(b.match) < matchIndex(a.match) ? b : a));
    if (match === null) return found;
    const body = parseListBody(text, match.index + match[0].length, shape.closer, shape.body);
    if (body.fault !== null) throw buildTextError(text, body.fault.index, body.fault.message, body.fault.hint);
    checkCount(text, match, body.bytes.length);
    out(body.bytes);
    for (const one of next) if (matchIndex(one.match) < body.end) one.match = findOpener(one.shape, text, body.end);
  }
}

function matchIndex(match: RegExpExecArray | null): number {
  return match?.index ?? Number.POSITIVE_INFINITY;
}

function findOpener({ opener }: ListShape, text: string, at: number): RegExpExecArray | null {
  opener.lastIndex = at;
  return opener.exec(text);
}

function checkCount(text: string, match: RegExpExecArray, length: number): void {
  const announced = match.groups?.count;
  if (announced === undefined || announced === "" || Number(announced) === length) return;
  throw buildTextError(
    text,
    match.index,
    `the list announces ${announced} bytes but has ${length}`,
    "paste the whole text",
  );
}

/** Replaces comments by blanks, which keeps every index valid. */
function blankComments(text: string): string {
  if (!/\/[*/]|#/.test(text)) return text;
  const characters = Buffer.from(text, "utf16le");
  const units = new Uint16Array(characters.buffer, characters.byteOffset, text.length);
  const marks = /\/\*|\/\/|(?<=^|\s)#/gm;
  for (let match = marks.exec(text); match !== null; match = marks.exec(text)) {
    const block = match[0] === "/*";
    const end = block ? text.indexOf("*/", match.index) + 2 : text.indexOf("\n", match.index);
    // An unclosed comment extends to the end of the text.
    const until = end < (block ? 2 : 0) ? text.length : end;
    for (let at = match.index; at < until; at++) if (units[at] !== NEWLINE) units[at] = SPACE;
    marks.lastIndex = until;
  }
  return characters.toString("utf16le");
}
