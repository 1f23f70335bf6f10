import { formatEndpoint } from "../../bytes/endpoint-text.js";
import type { TcpServerOptions } from "../../live/tcp-server.js";
import { buildListenError, isPublic } from "../options/server-options.js";
import { note } from "../streams/note.js";
import { onInterrupt } from "../streams/signals.js";
import type { LiveSession } from "./live-session.js";

const GOING_AWAY = 1001;

/** The server that `listen` or `proxy` runs. */
export interface LiveServer {
  /** The listening port, once it is open. */
  readonly port: number;
  open(): Promise<void>;
  /** Closes all connections with a status code (RFC 6455 §7.4.1). */
  close(code: number): Promise<void>;
}

/**
 * Runs a server until an interrupt or the end of the output; returns the exit code. Throws `UsageError` if it cannot listen.
 *
 * @param formatReady formats the ready line from the URL
 */
export async function serve(
  server: LiveServer,
  address: TcpServerOptions,
  session: LiveSession,
  formatReady: (url: string) => string,
): Promise<number> {
  try {
    await server.open();
  } catch (error) {
    throw buildListenError(error, address);
  }
  const scheme = address.certificate === null ? "ws" : "wss";
  const reach = isPublic(address.host) ? "; other machines can connect" : "";
  note(`${formatReady(`${scheme}://${formatEndpoint(address.host, server.port)}`)}${reach}; Ctrl-C to stop`);
  const code = await new Promise<number>((resolve) => {
    onInterrupt(resolve);
    session.onOutputClosed(() => resolve(0));
  });
  await server.close(GOING_AWAY);
  await session.end();
  return code;
}
