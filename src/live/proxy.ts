import { formatEndpoint } from "../bytes/endpoint-text.js";
import { formatCount } from "../bytes/size.js";
import { type Link, openLink, reasonOf, reset, type Target, type TlsOptions } from "./link.js";
import { Relay } from "./relay.js";
import { Backlog } from "./send-budget.js";
import { Door, type DoorOptions } from "./tcp-server.js";
import type { Watch } from "./traffic-observer.js";

export interface ProxyOptions extends DoorOptions, TlsOptions {
  readonly target: Target;
}

/** Milliseconds in which both sides must end once they were told to. */
const CLOSING_TIME = 1000;
/** Bytes of a Close frame, at most: two, a masking key, and 125 of payload. */
const LARGEST_CLOSE = 131;

/** A relay between those who connect to it and a target, which shows what crosses. */
export class RelayingProxy {
  readonly #options: ProxyOptions;
  readonly #watch: Watch;
  readonly #door: Door;
  readonly #relays = new Set<Relay>();
  readonly #backlog = new Backlog();
  /** What gives up the clients that wait for the target. */
  readonly #waiting = new Set<AbortController>();

  constructor(options: ProxyOptions, watch: Watch) {
    this.#options = options;
    this.#watch = watch;
    this.#door = new Door(
      options,
      (link) => void this.#enter(link),
      (line) => watch.say(line),
    );
  }

  get port(): number {
    return this.#door.port;
  }

  /** Begins to listen. Rejects where that cannot be. */
  open(): Promise<void> {
    return this.#door.open();
  }

  /** Says Close to both sides of all connections, and waits a moment for them to end. */
  async close(code: number, maskingKey: () => number): Promise<void> {
    this.#door.close();
    for (const waiting of this.#waiting) waiting.abort();
    const relays = [...this.#relays];
    const closed = relays.filter((relay) => relay.close(code, maskingKey()));
    if (closed.length > 0)
      this.#watch.say(
        `the proxy closes ${formatCount(closed.length, "connection")}: each side gets a Close frame with ${code} from it, not from the other side`,
      );
    const over = Promise.all(relays.map((relay) => relay.over));
    await Promise.race([over, new Promise<void>((resolve) => void setTimeout(resolve, CLOSING_TIME).unref())]);
    for (const relay of relays) relay.destroy();
    this.#door.shut();
    await over;
    const bytes = relays.reduce((sum, { notRelayed }) => sum + notRelayed, 0);
    // Both sides answer Close.
    if (bytes > relays.length * 2 * LARGEST_CLOSE)
      this.#watch.say(
        `${formatCount(bytes, "byte")} came after the proxy was ended: they were not relayed, and are not shown`,
      );
  }

  async #enter(client: Link): Promise<void> {
    const server = await this.#reach(client);
    if (server === null) {
      reset(client);
      return;
    }
    server.stream.on("error", () => {});
    // The target's socket may have been the last file that can be opened.
    this.#door.lookForFiles();
    if (client.stream.destroyed) {
      reset(server);
      return;
    }
    const here = formatEndpoint(client.socket.localAddress, client.socket.localPort);
    if (remoteEnd(server) === here) {
      // Each connection would open another one.
      this.#watch.say(`the target is this proxy itself, at ${here}`);
      reset(client);
      reset(server);
      return;
    }
    const endpoints = [remoteEnd(client), remoteEnd(server)] as const;
    const tap = this.#watch.connection({ endpoints, openerSeen: true });
    const relay = new Relay([client, server], this.#watch, this.#backlog, tap);
    this.#relays.add(relay);
    await relay.over;
    this.#relays.delete(relay);
  }

  /** Connects to the target, unless the client goes away before that; `null` where it cannot be reached. */
  async #reach(client: Link): Promise<Link | null> {
    const { target } = this.#options;
    const waiting = new AbortController();
    const gone = (): void => waiting.abort();
    this.#waiting.add(waiting);
    client.stream.on("error", () => {});
    client.stream.once("close", gone);
    // What it says waits in its stream. Were nothing read of it, that it goes away would not be seen.
    client.stream.read(0);
    try {
      return await openLink(target, this.#options, waiting.signal);
    } catch (error) {
      const fault = error as NodeJS.ErrnoException;
      if (!waiting.signal.aborted && !this.#door.outOfFiles(fault))
        this.#watch.say(`${target.url.origin} cannot be reached: ${reasonOf(fault)}`);
      return null;
    } finally {
      client.stream.off("close", gone);
      this.#waiting.delete(waiting);
    }
  }
}

function remoteEnd({ socket }: Link): string {
  return formatEndpoint(socket.remoteAddress, socket.remotePort);
}
