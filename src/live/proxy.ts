import { formatEndpoint } from "../bytes/endpoint-text.js";
import { formatCount } from "../bytes/size.js";
import { Relay } from "./relay.js";
import { SendBudget } from "./send-budget.js";
import { TcpServer, type TcpServerOptions } from "./tcp-server.js";
import type { TrafficObserver } from "./traffic-observer.js";
import { formatConnectError, type Link, openLink, resetConnection, type Target, type TlsOptions } from "./transport.js";

export interface ProxyOptions extends TcpServerOptions, TlsOptions {
  readonly target: Target;
}

/** Time for both sides to close after the proxy's Close frames, in milliseconds. */
const CLOSING_TIMEOUT_MS = 1000;
/** The maximum size of a Close frame: 2 bytes, a masking key, and 125 bytes of payload. */
const MAX_CLOSE_FRAME_BYTES = 131;

/** Relays between clients and a target, and shows the traffic. */
export class RelayingProxy {
  readonly #options: ProxyOptions;
  readonly #observer: TrafficObserver;
  readonly #server: TcpServer;
  readonly #relays = new Set<Relay>();
  readonly #sendBudget = new SendBudget();
  /** Aborts the pending connections to the target. */
  readonly #pendingConnects = new Set<AbortController>();

  constructor(options: ProxyOptions, observer: TrafficObserver) {
    this.#options = options;
    this.#observer = observer;
    this.#server = new TcpServer(
      options,
      (link) => void this.#acceptClient(link),
      (line) => observer.note(line),
    );
  }

  get port(): number {
    return this.#server.port;
  }

  /** Starts listening. Rejects if that fails. */
  open(): Promise<void> {
    return this.#server.open();
  }

  /** Sends Close to both sides of all connections, and waits briefly for them to end. */
  async close(code: number, maskingKey: () => number): Promise<void> {
    this.#server.close();
    for (const waiting of this.#pendingConnects) waiting.abort();
    const relays = [...this.#relays];
    const closed = relays.filter((relay) => relay.close(code, maskingKey()));
    if (closed.length > 0)
      this.#observer.note(
        `closing ${formatCount(closed.length, "connection")}: the proxy itself sends Close ${code} to both sides`,
      );
    const over = Promise.all(relays.map((relay) => relay.closed));
    await Promise.race([over, new Promise<void>((resolve) => void setTimeout(resolve, CLOSING_TIMEOUT_MS).unref())]);
    for (const relay of relays) relay.destroy();
    this.#server.destroyConnections();
    await over;
    const bytes = relays.reduce((sum, { notRelayedBytes }) => sum + notRelayedBytes, 0);
    // Both sides answer the Close frame.
    if (bytes > relays.length * 2 * MAX_CLOSE_FRAME_BYTES)
      this.#observer.note(
        `${formatCount(bytes, "byte")} arrived after the proxy was stopped and were not relayed or shown`,
      );
  }

  async #acceptClient(client: Link): Promise<void> {
    const server = await this.#connectToTarget(client);
    if (server === null) {
      resetConnection(client);
      return;
    }
    server.stream.on("error", () => {});
    // The target's socket may have used the last available file descriptor.
    this.#server.checkFileLimit();
    if (client.stream.destroyed) {
      resetConnection(server);
      return;
    }
    const here = formatEndpoint(client.socket.localAddress, client.socket.localPort);
    if (formatRemoteEndpoint(server) === here) {
      // A proxy that connects to itself would open connections without end.
      this.#observer.note(`the target is this proxy itself (${here}): connection refused`);
      resetConnection(client);
      resetConnection(server);
      return;
    }
    const endpoints = [formatRemoteEndpoint(client), formatRemoteEndpoint(server)] as const;
    const receiver = this.#observer.connection({ endpoints, isOpenerKnown: true });
    const relay = new Relay([client, server], this.#observer, this.#sendBudget, receiver);
    this.#relays.add(relay);
    await relay.closed;
    this.#relays.delete(relay);
  }

  /** Connects to the target, unless the client disconnects first; `null` if that fails. */
  async #connectToTarget(client: Link): Promise<Link | null> {
    const { target } = this.#options;
    const waiting = new AbortController();
    const gone = (): void => waiting.abort();
    this.#pendingConnects.add(waiting);
    client.stream.on("error", () => {});
    client.stream.once("close", gone);
    // The client's bytes stay in the stream's buffer. Without reading, a disconnect would go unnoticed.
    client.stream.read(0);
    try {
      return await openLink(target, this.#options, waiting.signal);
    } catch (error) {
      const fault = error as NodeJS.ErrnoException;
      if (!waiting.signal.aborted && !this.#server.noteIfOutOfFiles(fault))
        this.#observer.note(`cannot connect to ${target.url.origin}: ${formatConnectError(fault)}`);
      return null;
    } finally {
      client.stream.off("close", gone);
      this.#pendingConnects.delete(waiting);
    }
  }
}

function formatRemoteEndpoint({ socket }: Link): string {
  return formatEndpoint(socket.remoteAddress, socket.remotePort);
}
