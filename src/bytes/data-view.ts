/** Numbers of several bytes within the bytes, which may be a part of a larger buffer. */
export function dataView(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
