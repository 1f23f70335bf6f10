import { connect, isIP, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls, createSecureContext, TLSSocket } from "node:tls";

/** One end of a TCP connection, with or without TLS. */
export interface Link {
  /** The plain bytes, without TLS. */
  readonly stream: Duplex;
  /** The underlying TCP connection. */
  readonly socket: Socket;
}

/** The target of a `ws:` or `wss:` URL. */
export interface Target {
  /** The URL as given, without name and password. */
  readonly url: URL;
  readonly host: string;
  readonly port: number;
  readonly isSecure: boolean;
}

/** The TLS settings for a target. */
export interface TlsOptions {
  /** Whether to accept a certificate that cannot be verified. */
  readonly insecure: boolean;
}

/** A certificate and its key, as PEM. */
export interface Certificate {
  readonly cert: Uint8Array;
  readonly key: Uint8Array;
}

/** Resets the connection, as if the process had been killed (RFC 9293 §3.10.7). */
export function resetConnection({ stream, socket }: Link): void {
  // A destroyed socket can no longer be reset.
  if (!socket.destroyed) socket.resetAndDestroy();
  stream.destroy();
}

const EMPTY_BYTES = new Uint8Array(0);

/**
 * Calls back once it is certain that a side ended without a reset. For a reset right after data, libuv reports only an end: an
 * empty write to that side then fails, and the stream reports the reset as its error.
 */
export function onOrderlyEnd({ stream, socket }: Link, ended: () => void): void {
  // Pending writes fail by themselves, and under TLS no raw bytes may be written to the socket.
  if (stream !== socket || !socket.writable || socket.writableLength > 0) ended();
  else
    socket.write(EMPTY_BYTES, (error) => {
      if (!error) ended();
    });
}

/** Timeout for connecting to a target, TLS included, in milliseconds. */
const CONNECT_TIMEOUT_MS = 30_000;

/**
 * Connects to a target. Rejects with the reason if it is unreachable.
 *
 * @param signal cancels the attempt
 */
export function openLink(
  { host, port, isSecure }: Target,
  { insecure }: TlsOptions,
  signal: AbortSignal,
): Promise<Link> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
    const abort = (): void => void socket.destroy(new Error("aborted"));
    const fail = (error: Error): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      socket.destroy();
      reject(error);
    };
    const done = (stream: Duplex): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      socket.off("error", fail);
      stream.off("error", fail);
      resolve({ stream, socket });
    };
    const timer = setTimeout(
      () => fail(new Error(`no answer within ${CONNECT_TIMEOUT_MS / 1000} s`)),
      CONNECT_TIMEOUT_MS,
    );
    signal.addEventListener("abort", abort);
    socket.once("error", fail);
    socket.once("connect", () => {
      if (!isSecure) {
        done(socket);
        return;
      }
      const stream = connectTls({
        socket,
        rejectUnauthorized: !insecure,
        ALPNProtocols: ["http/1.1"],
        ...(isIP(host) === 0 ? { servername: host } : {}),
      });
      stream.once("error", fail);
      stream.once("secureConnect", () => done(stream));
    });
  });
}

/** The reason why a certificate and key are unusable, such as a mismatch; `null` if they are usable. */
export function findCertificateFault({ cert, key }: Certificate): string | null {
  try {
    createSecureContext({ cert: Buffer.from(cert), key: Buffer.from(key) });
    return null;
  } catch (error) {
    return (error as Error).message.replace(/^error:[0-9A-F]+:/, "");
  }
}

/** Wraps an accepted connection in TLS, as the server. */
export function wrapServerTls(socket: Socket, certificate: Certificate): TLSSocket {
  return new TLSSocket(socket, {
    isServer: true,
    secureContext: createSecureContext({ cert: Buffer.from(certificate.cert), key: Buffer.from(certificate.key) }),
    ALPNProtocols: ["http/1.1"],
  });
}

const UNVERIFIED_CERTIFICATE = /certificate|altname|CERT|self.signed/i;

/** Why a connection fails, by Node's error code. */
const CONNECT_ERROR_REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused; is the server running?",
  ENOTFOUND: "no such host",
  EAI_AGAIN: "the host name could not be looked up; is the network up?",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the network cannot be reached",
  ERR_SSL_WRONG_VERSION_NUMBER: "no TLS on this port; try ws://",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "no TLS on this port; try ws://",
};

/** Why TLS with a client fails, by Node's error code. */
const CLIENT_TLS_ERROR_REASONS: Readonly<Record<string, string>> = {
  ERR_SSL_HTTP_REQUEST: "the client did not use TLS (wss://)",
  ERR_SSL_WRONG_VERSION_NUMBER: "the client did not use TLS (wss://)",
};

/** The reason of a TLS failure, without OpenSSL's file names; for other errors, their message. */
function formatTlsError(error: Error & { readonly reason?: string }): string {
  return error.reason ?? error.message;
}

/** The reason why TLS with a client failed, in readable words. */
export function formatClientTlsError(error: NodeJS.ErrnoException): string {
  return CLIENT_TLS_ERROR_REASONS[error.code ?? ""] ?? formatTlsError(error);
}

/** The reason why a target is unreachable, in readable words. */
export function formatConnectError(error: NodeJS.ErrnoException): string {
  const { code } = error;
  const reason = CONNECT_ERROR_REASONS[code ?? ""];
  if (reason !== undefined) return reason;
  const message = formatTlsError(error);
  const reasonText = message === "" ? (code ?? "unknown reason") : message;
  return UNVERIFIED_CERTIFICATE.test(`${code} ${reasonText}`)
    ? `${reasonText} (--insecure skips certificate checks)`
    : reasonText;
}
