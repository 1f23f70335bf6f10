/** The longest header: 2 bytes, 8 of extended length, 4 of masking key. */
export const MAX_HEADER_BYTES = 14;
/** Bytes of input that are decoded at once. */
export const DECODE_BUFFER_BYTES: number = 64 * 1024;

/** A word of four bytes that begins in the input may end this many bytes after it. */
const WORD_REST = 3;

/*
 * All decoders share this one buffer: chunks are copied into it, and payloads are unmasked in place. So the caller's bytes
 * are never written to, no decoder needs a buffer of its own, and the views are constants of the module, which V8 reads
 * two to four times as fast as views that are passed along.
 */
export const DECODE_BUFFER: Uint8Array = new Uint8Array(DECODE_BUFFER_BYTES + MAX_HEADER_BYTES + WORD_REST);
export const DECODE_BUFFER_VIEW: DataView = new DataView(DECODE_BUFFER.buffer);
