import { hexByte, hexBytes } from "../bytes/hex.js";

/** Writes a frame's bytes for a person or a program to paste. */
export type FrameWriter = (frame: Uint8Array) => string | Uint8Array;

/** How `encode` writes frames: what `--to` calls it, and how. Each reads back with `decode`. */
export const WRITERS: Readonly<Record<string, FrameWriter>> = {
  hex: (frame) => `${hexBytes(frame)}\n`,
  python: (frame) => `${pythonLiteral(frame)}\n`,
  base64: (frame) => `${Buffer.from(frame.buffer, frame.byteOffset, frame.length).toString("base64")}\n`,
  raw: (frame) => frame,
};

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
