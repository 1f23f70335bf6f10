import { constants, deflateRawSync } from "node:zlib";

/** What an empty message is compressed to: the start of an empty block (RFC 7692 §7.2.3.6). */
const COMPRESSED_EMPTY_MESSAGE = Uint8Array.of(0);

/**
 * Compresses a message by itself, as permessage-deflate does (RFC 7692 §7.2.1): it copies from no message before it.
 *
 * @param windowBits a copy reaches back no further than 2 to the power of this, 9 to 15
 */
export function deflateMessage(payload: Uint8Array, windowBits = 15): Uint8Array {
  if (payload.length === 0) return COMPRESSED_EMPTY_MESSAGE;
  // The empty block that is left out at the end is the receiver's to append.
  return deflateRawSync(payload, { finishFlush: constants.Z_SYNC_FLUSH, windowBits }).subarray(0, -4);
}
