import { formatEndpoint } from "../../bytes/endpoint-text.js";
import { quote } from "../../bytes/safe-text.js";
import type { TcpServerOptions } from "../../live/tcp-server.js";
import { UsageError } from "../usage-error.js";
import { loadCertificate } from "./certificate.js";
import { parsePort } from "./port.js";

/** The options for the listening address, as given. */
export interface ServerArguments {
  readonly host: string;
  readonly port: string;
  readonly cert?: string;
  readonly key?: string;
}

/** The maximum number of simultaneous connections. */
const MAX_CONNECTIONS = 10_000;
/** A host name, or an IPv4 or IPv6 address, which may have a zone. */
const HOST_PATTERN = /^[\p{L}\p{N}_.:%-]+$/u;
const LOOPBACK_HOST = /^(?:127\.\d+\.\d+\.\d+|::1|localhost)$/;

export function parseServerOptions({ host, port, cert, key }: ServerArguments): TcpServerOptions {
  if (!HOST_PATTERN.test(host))
    throw new UsageError(`--host must be an address or a host name, such as 127.0.0.1, not ${quote(host)}`);
  return { host, port: parsePort(port), certificate: loadCertificate(cert, key), maxConnections: MAX_CONNECTIONS };
}

/** Whether other machines can connect to an address. */
export function isPublic(host: string): boolean {
  return !LOOPBACK_HOST.test(host);
}

/** Why a port cannot be opened, as a readable reason. */
export function buildListenError(error: unknown, { host, port }: TcpServerOptions): UsageError {
  const { code, message } = error as NodeJS.ErrnoException;
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: "the port is already in use; --port 0 picks a free one",
    EACCES: "ports below 1024 need root; choose another --port",
    EADDRNOTAVAIL: "this machine has no such address",
    ENOTFOUND: "unknown host name",
  };
  return new UsageError(`cannot listen on ${formatEndpoint(host, port)}: ${reasons[code ?? ""] ?? message}`);
}
