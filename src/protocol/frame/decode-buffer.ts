/** The longest header: 2 bytes, 8 of extended length, 4 of masking key. */
export const MAX_HEADER_BYTES = 14;
/** Bytes of input that are looked at in one go. */
export const DECODE_BUFFER_BYTES: number = 64 * 1024;

/** A word of four bytes that begins in the input may end this far behind it. */
const WORD_REST = 3;

/*
 * Every decoder looks at its input through this one window: chunks are copied into it, and payloads unmasked in place.
 * So the caller's bytes are never written to, a decoder owns no buffer of its own, and the views are constants of the
 * module, which V8 reads two to four times as fast as views that are passed along.
 */
export const DECODE_BUFFER: Uint8Array = new Uint8Array(DECODE_BUFFER_BYTES + MAX_HEADER_BYTES + WORD_REST);
export const DECODE_BUFFER_VIEW: DataView = new DataView(DECODE_BUFFER.buffer);
