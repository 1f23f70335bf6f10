import { hexByte, hexBytes } from "../bytes/hex.js";

/** Writes a frame's bytes for a person or a program to paste. */
export type FrameWriter = (frame: Uint8Array) => string | Uint8Array;

/** How `encode` writes frames: what `--to` calls it, and how. Each reads back with `decode`. */
export const WRITERS: Readonly<Record<string, FrameWriter>> = {
  hex: (frame) => `${hexBytes(frame)}\n`,
  python: (frame) => `${pythonLiteral(frame)}\n`,
  base64: (frame) => `${Buffer.from(frame.buffer, frame.byteOffset, frame.length).toString("base64")}\n`,
  c: (frame) => `unsigned char frame[] = {\n${rows(frame, hexNumber)}\n};\n`,
  js: (frame) => `Uint8Array.from([\n${rows(frame, hexNumber)}\n])\n`,
  go: (frame) => `[]byte{\n${rows(frame, hexNumber)},\n}\n`,
  rust: (frame) => `vec![\n${rows(frame, (byte) => `${hexNumber(byte)}u8`)},\n]\n`,
  java: (frame) =>
    `new byte[] {\n${rows(frame, (byte) => (byte < 0x80 ? hexNumber(byte) : `(byte) ${hexNumber(byte)}`))}\n}\n`,
  bits: (frame) => `${Array.from(frame, (byte) => byte.toString(2).padStart(8, "0")).join(" ")}\n`,
  raw: (frame) => frame,
};

const NUMBERS_A_ROW = 12;

const hexNumber = (byte: number): string => `0x${hexByte(byte)}`;

/** Numbers with commas between them, some on each line. */
function rows(bytes: Uint8Array, number: (byte: number) => string): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += NUMBERS_A_ROW) {
    lines.push(`  ${Array.from(bytes.subarray(at, at + NUMBERS_A_ROW), number).join(", ")}`);
  }
  return lines.join(",\n");
}

const QUOTE = 0x27;
const ESCAPES: Readonly<Record<number, string>> = { 9: "\\t", 10: "\\n", 13: "\\r", 92: "\\\\" };

/** The bytes as Python's `repr` writes them. */
function pythonLiteral(bytes: Uint8Array): string {
  const quote = bytes.includes(QUOTE) && !bytes.includes(0x22) ? '"' : "'";
  let literal = "";
  for (const byte of bytes) {
    const named = ESCAPES[byte];
    if (named !== undefined) literal += named;
    else if (byte < 0x20 || byte > 0x7e) literal += `\\x${hexByte(byte)}`;
    else if (byte === QUOTE && quote === "'") literal += "\\'";
    else literal += String.fromCharCode(byte);
  }
  return `b${quote}${literal}${quote}`;
}
