import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { escapeText, makeSafe, quote } from "../../src/bytes/safe-text.js";
import { formatByteGlyph } from "../../src/view/byte-glyph.js";
import { decodeSafeText } from "../../src/view/describe.js";
import { lineWidth, span, wrap } from "../../src/view/styled.js";
import { clip, textWidth } from "../../src/view/width.js";
import { parseHexBytes } from "../support/bytes.js";
import { fuzzRuns } from "../support/runs.js";

for (const [text, shown] of [
  ["plain ~text~", "plain ~text~"],
  ["a\\b", "a\\\\b"],
  ["\n\r\t", "\\n\\r\\t"],
  ["\u0000\u001b[31m\u007f\u009b", "\\x00\\x1b[31m\\x7f\\x9b"],
  ["\u202eevil\u202c\u2066x\u2069", "\\u{202e}evil\\u{202c}\\u{2066}x\\u{2069}"],
  ["a\u200bb\ufeff\u00ad\u2060", "a\\u{200b}b\\u{feff}\\xad\\u{2060}"],
  ["\ud800x", "\\u{d800}x"],
  ["\ue000\u{10ffff}", "\\u{e000}\\u{10ffff}"],
  ["\u2028\u2029", "\\u{2028}\\u{2029}"],
  ["中文 한국어 日本", "中文 한국어 日本"],
  ["👩‍👩‍👧 ❤️ 🇩🇪 👍🏽", "👩‍👩‍👧 ❤️ 🇩🇪 👍🏽"],
  ["a\u200d", "a\\u{200d}"],
  ["\u0301x", "\u25cc\u0301x"],
  ["é e\u0301", "é e\u0301"],
  ["שלום مرحبا", "שלום مرحبا"],
] as const) {
  test(`${JSON.stringify(text)} is shown as ${JSON.stringify(shown)}`, () => assert.equal(escapeText(text), shown));
}

test("no character from the wire moves the cursor of a terminal, colours text or reorders it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
      const shown = escapeText(text).replace(/\p{RGI_Emoji}/gv, "");
      assert.doesNotMatch(shown, /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u);
    }),
    fuzzRuns(250, 0.05),
  );
});

test("making safe text safe again does not change it, alone or within other text", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 60 }),
      fc.string({ unit: "binary", maxLength: 60 }),
      (one, two) => {
        const shown = `the value is "${escapeText(one)}", not ${quote(two)}`;
        assert.equal(makeSafe(shown), shown);
        assert.equal(makeSafe(makeSafe(one)), makeSafe(one));
      },
    ),
    fuzzRuns(250, 0.05),
  );
});

test("a quoted text has clear ends, and a long one is cut", () => {
  assert.equal(quote('say "hi"\\\u001b'), '"say \\"hi\\"\\\\\\x1b"');
  const long = quote(`${"a".repeat(199)}\u{1f600}${"b".repeat(7999)}`);
  assert.equal(long, `"${"a".repeat(199)}…" (8,200 characters)`);
});

test("the fast check for safe characters agrees with the Unicode table", () => {
  for (let unit = 0; unit < 0x10000; unit++) {
    const character = String.fromCharCode(unit);
    // A private-use character forces the lookup of the whole text.
    if (makeSafe(character) === character)
      assert.equal(makeSafe(`${character}\ue000`), `${character}\\u{e000}`, unit.toString(16));
  }
});

test("too many marks on one character are cut off visibly", () => {
  assert.match(escapeText(`a${"\u0300".repeat(50)}`), /^a\u0300{6}(\\u\{300\}){44}$/);
});

test("the width of a text in columns", () => {
  for (const [text, columns] of [
    ["abc", 3],
    ["中文", 4],
    ["ｆｕｌｌ", 8],
    ["👩‍👩‍👧", 2],
    ["🇩🇪", 2],
    ["e\u0301", 1],
    ["กำลัง", 4],
    ["\u1112\u1161\u11ab", 2],
    ["한", 2],
  ] as const) {
    assert.equal(textWidth(text), columns, text);
  }
});

test("texts have the same width without a segmenter as with one", () => {
  for (let unit = 0x20; unit < 0x10000; unit++) {
    const character = String.fromCharCode(unit);
    // With a combining mark, a character needs the segmenter.
    if (escapeText(character) === character)
      assert.equal(textWidth(character), textWidth(`${character}\u0301`), unit.toString(16));
  }
});

test("clipping never exceeds the columns, and marks what it clipped", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), fc.integer({ min: 0, max: 30 }), (text, columns) => {
      const shown = escapeText(text);
      const clipped = clip(shown, columns);
      assert.ok(textWidth(clipped) <= columns);
      if (clipped !== shown && columns > 0) assert.ok(clipped.endsWith("…"));
      if (textWidth(shown) <= columns) assert.equal(clipped, shown);
    }),
    fuzzRuns(250, 0.05),
  );
});

test("wrapping loses only blanks, and no line is too wide", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: "grapheme", maxLength: 30 }), { maxLength: 4 }),
      fc.integer({ min: 12, max: 30 }),
      (texts, columns) => {
        const spans = texts.map((text) => span(escapeText(text)));
        const lines = wrap(spans, columns);
        for (const line of lines) assert.ok(lineWidth(line) <= columns, JSON.stringify(line));
        const flat = (line: readonly { text: string }[]): string =>
          line
            .map(({ text }) => text)
            .join("")
            .replace(/ /g, "");
        assert.equal(lines.map(flat).join(""), flat(spans));
      },
    ),
    fuzzRuns(250, 0.05),
  );
});

test("a byte as a character is one column wide", () => {
  for (let byte = 0; byte < 256; byte++) assert.equal(textWidth(formatByteGlyph(byte)), 1, String(byte));
});

test("bytes that are not UTF-8 become escapes, and hide no other bytes", () => {
  for (const [hex, shown] of [
    ["ff 41 42", "\\xffAB"],
    ["41 42 ff 43 44", "AB\\xffCD"],
    ["e2 82 41", "\\xe2\\x82A"],
    ["e5 86", "\\xe5\\x86"],
    ["ed a0 80", "\\xed\\xa0\\x80"],
  ] as const) {
    assert.equal(decodeSafeText(parseHexBytes(hex)), shown);
  }
});
