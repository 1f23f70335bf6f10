import { setMaxListeners } from "node:events";
import { endpointText } from "../bytes/endpoint-text.js";
import { Door, type DoorOptions } from "./door.js";
import { type Link, openLink, reasonOf, reset, type Target, type TlsOptions } from "./link.js";
import { Relay } from "./relay.js";
import type { Watch } from "./watch.js";

export interface ProxyOptions extends DoorOptions, TlsOptions {
  readonly target: Target;
}

/** Milliseconds in which both sides must end once they were told to. */
const CLOSING_TIME = 1000;

/** A relay between those who connect to it and a target, which shows what crosses. */
export class RelayingProxy {
  readonly #options: ProxyOptions;
  readonly #watch: Watch;
  readonly #door: Door;
  readonly #relays = new Set<Relay>();
  readonly #givenUp = new AbortController();

  constructor(options: ProxyOptions, watch: Watch) {
    this.#options = options;
    this.#watch = watch;
    // As many may be waiting for the target as there are connections.
    setMaxListeners(0, this.#givenUp.signal);
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
    this.#givenUp.abort();
    const relays = [...this.#relays];
    for (const relay of relays) relay.close(code, maskingKey());
    const over = Promise.all(relays.map((relay) => relay.over));
    await Promise.race([over, new Promise<void>((resolve) => void setTimeout(resolve, CLOSING_TIME).unref())]);
    for (const relay of relays) relay.destroy();
    this.#door.shut();
    await over;
  }

  async #enter(client: Link): Promise<void> {
    const { target } = this.#options;
    // What it says waits in its socket; that it goes away is seen when there is somebody to tell.
    client.stream.on("error", () => {});
    let server: Link;
    try {
      server = await openLink(target, this.#options, this.#givenUp.signal);
    } catch (error) {
      if (!this.#givenUp.signal.aborted)
        this.#watch.say(`${target.url.origin} cannot be reached: ${reasonOf(error as NodeJS.ErrnoException)}`);
      reset(client);
      return;
    }
    server.stream.on("error", () => {});
    if (client.stream.destroyed) {
      reset(server);
      return;
    }
    const { remoteAddress, remotePort } = client.socket;
    const endpoints = [
      endpointText(remoteAddress, remotePort),
      endpointText(server.socket.remoteAddress, server.socket.remotePort),
    ] as const;
    const relay = new Relay([client, server], this.#watch, this.#watch.connection({ endpoints, openerSeen: true }));
    this.#relays.add(relay);
    await relay.over;
    this.#relays.delete(relay);
  }
}
