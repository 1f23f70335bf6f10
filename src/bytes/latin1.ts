/**
 * `bytes[start, end)` as text in which each byte is the character of its number, and none is lost or another.
 *
 * `new TextDecoder("latin1")` is none of it: to the web's encodings that name means windows-1252, where 80 is `€`.
 */
export function decodeLatin1(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1", start, end);
}
