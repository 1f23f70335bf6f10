import { Door, type DoorOptions } from "./door.js";
import { endpointText, type Link, openLink, reset, type Target, type TlsOptions } from "./link.js";
import { relay } from "./relay.js";
import type { Watch } from "./watch.js";

export interface ProxyOptions extends DoorOptions, TlsOptions {
  readonly target: Target;
}

/** A relay between those who connect to it and a target, which shows what crosses. */
export class RelayingProxy {
  readonly #options: ProxyOptions;
  readonly #watch: Watch;
  readonly #door: Door;

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

  /** Ends all connections. */
  close(): void {
    this.#door.close();
    this.#door.shut();
  }

  async #enter(client: Link): Promise<void> {
    const { target } = this.#options;
    // What it says waits in its socket; that it goes away is seen when there is somebody to tell.
    client.stream.on("error", () => {});
    let server: Link;
    try {
      server = await openLink(target, this.#options);
    } catch (error) {
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
    relay([client, server], this.#watch, this.#watch.connection({ endpoints, openerSeen: true }));
  }
}

const UNVERIFIED = /certificate|altname|CERT|self.signed/i;

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  const said = message === "" ? (code ?? "no reason was given") : message;
  return UNVERIFIED.test(`${code} ${said}`) ? `${said} (--insecure takes any certificate)` : said;
}
