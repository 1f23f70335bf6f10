import { decodeLatin1 } from "../../../bytes/latin1.js";

/** The unencrypted facts of a TLS connection (RFC 8446 §4.1.2). */
export interface TlsHello {
  /** The server's name; `null` if the client does not send it. */
  readonly serverName: string | null;
  /** The latest version that the client offers, such as `1.3`; `null` if no known version is offered. */
  readonly version: string | null;
}

const EXTENSION_SERVER_NAME = 0;
const EXTENSION_SUPPORTED_VERSIONS = 43;
const LATEST_VERSION = 0x0304;
const VERSION_NAMES: Readonly<Record<number, string>> = { 769: "1.0", 770: "1.1", 771: "1.2", 772: "1.3" };

/** Whether bytes begin a TLS connection: a handshake record. */
export function isTls(bytes: Uint8Array): boolean {
  return bytes[0] === 0x16 && bytes[1] === 0x03 && (bytes[2] ?? 0) <= 4;
}

/** The header of a record, in bytes: it contains the record's length. */
export const RECORD_HEADER_BYTES = 5;

/** The length of the first record in bytes: it contains the ClientHello. */
export function parseHelloLength(bytes: Uint8Array): number {
  return 5 + (((bytes[3] ?? 0) << 8) | (bytes[4] ?? 0));
}

/** Parses the captured part of a ClientHello. */
export function parseTlsHello(bytes: Uint8Array): TlsHello {
  // The variable-length fields follow the record header, handshake header, version and random.
  let at = 5 + 4 + 2 + 32;
  const byte = (index: number): number => bytes[index] ?? 0;
  const word = (index: number): number => (byte(index) << 8) | byte(index + 1);
  if (byte(5) !== 1) return { serverName: null, version: null };
  let version = word(9);
  let serverName: string | null = null;
  at += 1 + byte(at);
  at += 2 + word(at);
  at += 1 + byte(at);
  const end = Math.min(bytes.length, at + 2 + word(at));
  for (at += 2; at + 4 <= end; at += 4 + word(at + 2)) {
    if (word(at) === EXTENSION_SERVER_NAME)
      serverName ??= decodeLatin1(bytes, at + 9, Math.min(end, at + 9 + word(at + 7)));
    if (word(at) !== EXTENSION_SUPPORTED_VERSIONS) continue;
    for (let each = at + 5; each + 2 <= Math.min(end, at + 5 + byte(at + 4)); each += 2)
      if (word(each) <= LATEST_VERSION) version = Math.max(version, word(each));
  }
  return { serverName, version: VERSION_NAMES[version] ?? null };
}
