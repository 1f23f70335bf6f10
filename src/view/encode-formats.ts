import { formatHexByte, formatHexBytes } from "../bytes/hex.js";

/** Formats the bytes of a frame, for pasting elsewhere. */
export type EncodeFormat = (frame: Uint8Array) => string | Uint8Array;

/** The output formats of `encode`, by their name in `--to`. `decode` reads all of them. */
export const ENCODE_FORMATS: Readonly<Record<string, EncodeFormat>> = {
  hex: (frame) => `${formatHexBytes(frame)}\n`,
  python: (frame) => `${formatPythonLiteral(frame)}\n`,
  base64: (frame) => `${Buffer.from(frame.buffer, frame.byteOffset, frame.length).toString("base64")}\n`,
  c: (frame) => `unsigned char frame[] = {\n${formatRows(frame, formatHexNumber)}\n};\n`,
  js: (frame) => `Uint8Array.from([\n${formatRows(frame, formatHexNumber)}\n])\n`,
  go: (frame) => `[]byte{\n${formatRows(frame, formatHexNumber)},\n}\n`,
  rust: (frame) => `vec![\n${formatRows(frame, (byte) => `${formatHexNumber(byte)}u8`)},\n]\n`,
  java: (frame) =>
    `new byte[] {\n${formatRows(frame, (byte) => (byte < 0x80 ? formatHexNumber(byte) : `(byte) ${formatHexNumber(byte)}`))}\n}\n`,
  bits: (frame) => `${Array.from(frame, (byte) => byte.toString(2).padStart(8, "0")).join(" ")}\n`,
  raw: (frame) => frame,
};

const NUMBERS_PER_ROW = 12;

const formatHexNumber = (byte: number): string => `0x${formatHexByte(byte)}`;

/** Numbers separated by commas, several on each line. */
function formatRows(bytes: Uint8Array, number: (byte: number) => string): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += NUMBERS_PER_ROW) {
    lines.push(`  ${Array.from(bytes.subarray(at, at + NUMBERS_PER_ROW), number).join(", ")}`);
  }
  return lines.join(",\n");
}

const SINGLE_QUOTE = 0x27;
const PYTHON_ESCAPES: Readonly<Record<number, string>> = { 9: "\\t", 10: "\\n", 13: "\\r", 92: "\\\\" };

/** The bytes as Python's `repr` writes them. */
function formatPythonLiteral(bytes: Uint8Array): string {
  const quote = bytes.includes(SINGLE_QUOTE) && !bytes.includes(0x22) ? '"' : "'";
  let literal = "";
  for (const byte of bytes) {
    const named = PYTHON_ESCAPES[byte];
    if (named !== undefined) literal += named;
    else if (byte < 0x20 || byte > 0x7e) literal += `\\x${formatHexByte(byte)}`;
    else if (byte === SINGLE_QUOTE && quote === "'") literal += "\\'";
    else literal += String.fromCharCode(byte);
  }
  return `b${quote}${literal}${quote}`;
}
