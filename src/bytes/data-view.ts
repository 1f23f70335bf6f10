/** Numbers of several bytes within the bytes, which may be a part of a larger buffer. */
export function createDataView(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** 16 bits in the network's order. To read them so is faster than to make a view of a few bytes. */
export function readUint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

/** 32 bits in the network's order, as an unsigned number. */
export function readUint32(bytes: Uint8Array, at: number): number {
  return ((readUint16(bytes, at) << 16) | readUint16(bytes, at + 2)) >>> 0;
}

/** The same with the lowest byte first. */
export function readUint32LittleEndian(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at + 3] as number) << 8) | (bytes[at + 2] as number);
  return ((high << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at] as number)) >>> 0;
}
