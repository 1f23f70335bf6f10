import { connect, isIP, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls, createSecureContext, TLSSocket } from "node:tls";

/** One end of a TCP connection, with TLS over it or without. */
export interface Link {
  /** The plain bytes, without TLS. */
  readonly stream: Duplex;
  /** The TCP connection under it. */
  readonly socket: Socket;
}

/** Where a `ws:` or `wss:` URL leads. */
export interface Target {
  /** The URL as it was given, without a name and a password. */
  readonly url: URL;
  readonly host: string;
  readonly port: number;
  readonly isSecure: boolean;
}

/** How TLS is spoken with a target. */
export interface TlsOptions {
  /** Whether a certificate that cannot be verified will do. */
  readonly insecure: boolean;
}

/** A certificate of our own, and its key, as PEM. */
export interface Certificate {
  readonly cert: Uint8Array;
  readonly key: Uint8Array;
}

/** Ends the connection as a process does that is killed: the other side sees a reset (RFC 9293 §3.10.7). */
export function resetConnection({ stream, socket }: Link): void {
  // Once a socket is destroyed, there is nothing to reset any more.
  if (!socket.destroyed) socket.resetAndDestroy();
  stream.destroy();
}

const EMPTY_BYTES = new Uint8Array(0);

/**
 * Calls back when it is certain that a side ended without a reset. For a reset right behind data, libuv reports only an end: to
 * write nothing to that side then fails, and the stream reports the reset as its error.
 */
export function onOrderlyEnd({ stream, socket }: Link, ended: () => void): void {
  // What waits to be written fails by itself; and under TLS, nothing can be written beside it.
  if (stream !== socket || !socket.writable || socket.writableLength > 0) ended();
  else
    socket.write(EMPTY_BYTES, (error) => {
      if (!error) ended();
    });
}

/** Milliseconds in which a target must be reached, TLS included. */
const CONNECT_TIMEOUT_MS = 30_000;

/**
 * Connects to a target. Rejects with the reason why it cannot be reached.
 *
 * @param signal gives it up
 */
export function openLink(
  { host, port, isSecure }: Target,
  { insecure }: TlsOptions,
  signal: AbortSignal,
): Promise<Link> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
    const giveUp = (): void => void socket.destroy(new Error("given up"));
    const fail = (error: Error): void => {
      clearTimeout(late);
      signal.removeEventListener("abort", giveUp);
      socket.destroy();
      reject(error);
    };
    const done = (stream: Duplex): void => {
      clearTimeout(late);
      signal.removeEventListener("abort", giveUp);
      socket.off("error", fail);
      stream.off("error", fail);
      resolve({ stream, socket });
    };
    const late = setTimeout(
      () => fail(new Error(`no answer within ${CONNECT_TIMEOUT_MS / 1000} s`)),
      CONNECT_TIMEOUT_MS,
    );
    signal.addEventListener("abort", giveUp);
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

/** Why a certificate and a key cannot be used, such as that they are not of one pair; `null` when they can. */
export function findCertificateFault({ cert, key }: Certificate): string | null {
  try {
    createSecureContext({ cert: Buffer.from(cert), key: Buffer.from(key) });
    return null;
  } catch (error) {
    return (error as Error).message.replace(/^error:[0-9A-F]+:/, "");
  }
}

/** Speaks TLS as a server on a connection that came in. */
export function wrapServerTls(socket: Socket, certificate: Certificate): TLSSocket {
  return new TLSSocket(socket, {
    isServer: true,
    secureContext: createSecureContext({ cert: Buffer.from(certificate.cert), key: Buffer.from(certificate.key) }),
    ALPNProtocols: ["http/1.1"],
  });
}

const UNVERIFIED_CERTIFICATE = /certificate|altname|CERT|self.signed/i;

/** Why TLS failed, without OpenSSL's own file names; for other errors their message. */
export function formatTlsError(error: Error & { readonly reason?: string }): string {
  return error.reason ?? error.message;
}

/** Why a target cannot be reached, as a person needs it. */
export function formatConnectError(error: NodeJS.ErrnoException): string {
  const { code } = error;
  const message = formatTlsError(error);
  const said = message === "" ? (code ?? "unknown reason") : message;
  return UNVERIFIED_CERTIFICATE.test(`${code} ${said}`) ? `${said} (--insecure skips certificate checks)` : said;
}
