/** A copy of bytes that may change afterwards. A Buffer's own `slice` would be a view of them. */
export function copyBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}
