/**
 * `bytes[start, end)` as text: each byte becomes the character with its number.
 *
 * `new TextDecoder("latin1")` differs: on the web that name means windows-1252, where 80 is `€`.
 */
export function decodeLatin1(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1", start, end);
}
