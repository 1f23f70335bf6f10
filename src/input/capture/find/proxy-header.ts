import { readUint16 } from "../../../bytes/data-view.js";
import { decodeLatin1 } from "../../../bytes/latin1.js";

/** The longest header of version 1, which is a line of text, in bytes. */
export const MAX_PROXY_LINE_BYTES = 107;
const PROXY_V2_SIGNATURE = "\r\n\r\n\0\r\nQUIT\n";

/**
 * The length in bytes of the header that a load balancer adds to a forwarded connection (PROXY protocol, versions 1
 * and 2); 0 if there is none, `null` if more bytes are needed.
 */
export function parseProxyHeaderLength(bytes: Uint8Array): number | null {
  const start = decodeLatin1(bytes, 0, MAX_PROXY_LINE_BYTES);
  if (start.startsWith(PROXY_V2_SIGNATURE)) return bytes.length < 16 ? null : 16 + readUint16(bytes, 14);
  // TCP4, TCP6 or UNKNOWN: the target of a request starts with a lower-case letter, a slash or a star.
  if (!/^PROXY [TU]/.test(start)) return 0;
  const end = start.indexOf("\r\n");
  if (end >= 0) return end + 2;
  return start.length < MAX_PROXY_LINE_BYTES ? null : 0;
}
