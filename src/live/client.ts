import { formatEndpoint } from "../bytes/endpoint-text.js";
import { computeAccept, isInterim, parseExtensionHeaders } from "../protocol/handshake/handshake.js";
import { findHeaders, type HttpHead } from "../protocol/handshake/http-head.js";
import type { ConnectionTap, TransportEnd } from "../protocol/traffic.js";
import type { Taker } from "./back-pressure.js";
import { now } from "./clock.js";
import { type Conduct, Endpoint, type EndpointHost } from "./endpoint.js";
import { HeadReader } from "./head-reader.js";
import { type Link, onceInOrder, openLink, type Target, type TlsOptions } from "./link.js";
import { hear } from "./paced-reader.js";
import { Outlet } from "./send-queue.js";
import type { Watch } from "./traffic-observer.js";

export interface ClientOptions extends TlsOptions {
  readonly target: Target;
  readonly conduct: Conduct;
  /** The request that opens the connection, as it is sent. */
  readonly request: string;
  /** Its Sec-WebSocket-Key. */
  readonly key: string;
}

/** How a connection went. */
export interface Outcome {
  /** Whether the server agreed to speak WebSocket. */
  readonly opened: boolean;
  /** Whether both sides said Close. */
  readonly complete: boolean;
  /** The status code that the server gave; `null` when it gave none. */
  readonly code: number | null;
  /** Whether that is the one that the client had closed with. */
  readonly echoed: boolean;
}

/** What is told of a client's connection. */
export interface ClientHost extends Pick<EndpointHost, "maskingKey" | "failCodeOf" | "message"> {
  /** The server agreed: messages may be sent. */
  opened(): void;
}

/** Milliseconds in which a server must answer the handshake, and in which it must close TCP behind the closing handshake. */
const HANDSHAKE_TIME = 30_000;
const CLOSING_TIME = 2000;

/** A client for those who test servers. */
export class WebSocketClient implements Taker {
  readonly #options: ClientOptions;
  readonly #host: ClientHost;
  readonly #watch: Watch;
  readonly #head = new HeadReader();
  readonly #givenUp = new AbortController();
  #link: Link | null = null;
  #tap: ConnectionTap | null = null;
  #endpoint: Endpoint | null = null;
  #refused = false;
  #outlet: Outlet | null = null;
  #ended: TransportEnd | null = null;
  /** The status code that it closed with first; `undefined` before. */
  #closedWith: number | null | undefined;

  constructor(options: ClientOptions, host: ClientHost, watch: Watch) {
    this.#options = options;
    this.#host = host;
    this.#watch = watch;
  }

  /** Connects, and stays until the connection is over. Rejects where the server cannot be reached. */
  async run(): Promise<Outcome> {
    const { target, request } = this.#options;
    const link = await openLink(target, this.#options, this.#givenUp.signal);
    this.#link = link;
    const { stream, socket } = link;
    const endpoints = [
      formatEndpoint(socket.localAddress, socket.localPort),
      formatEndpoint(socket.remoteAddress, socket.remotePort),
    ] as const;
    const tap = this.#watch.connection({ endpoints, openerSeen: true });
    this.#tap = tap;
    this.#outlet = new Outlet(stream, this.#watch, {
      sent: (bytes) => tap.data(0, bytes, now()),
      // Whoever sends waits for this one server alone.
      waits() {},
    });
    const late = setTimeout(() => {
      this.#watch.say("the server does not answer the handshake");
      stream.destroy();
    }, HANDSHAKE_TIME);
    await new Promise<void>((resolve) => {
      // A server that does not read its answers is not listened to, nor is one that is shown more than can be written.
      hear(
        stream,
        () => [this],
        (bytes) => {
          this.#receive(bytes);
          if (this.#endpoint !== null || this.#refused) clearTimeout(late);
        },
      );
      stream.on("end", () =>
        onceInOrder(link, () => {
          this.#ended ??= { kind: "closed", by: 1 };
          this.#outlet?.end();
        }),
      );
      stream.on("error", () => {
        this.#ended ??= { kind: "reset", by: 1 };
      });
      stream.on("close", () => {
        clearTimeout(late);
        tap.end(this.#ended ?? { kind: "closed", by: 0 });
        resolve();
      });
      this.#outlet?.write(Buffer.from(request, "latin1"));
    });
    const endpoint = this.#endpoint;
    const code = endpoint?.received?.code ?? null;
    return {
      opened: endpoint !== null,
      complete: endpoint?.complete ?? false,
      code,
      echoed: code === this.#closedWith,
    };
  }

  /** Sends a message, or a control frame; a message in fragments of at most so many bytes, where that is said. */
  send(opcode: number, payload: Uint8Array, fragment?: number): void {
    this.#endpoint?.send(opcode, payload, fragment);
  }

  /** Sends bytes that need be no frames. */
  sendRaw(bytes: Uint8Array): void {
    this.#endpoint?.sendRaw(bytes);
  }

  /** Begins the closing handshake. */
  close(code: number | null, reason?: Uint8Array): void {
    this.#givenUp.abort();
    if (this.#closedWith === undefined) this.#closedWith = code;
    if (this.#endpoint === null) this.#link?.stream.destroy();
    else this.#endpoint.close(code, reason);
    this.#outlet?.hurry();
    // A server that does not answer is left after a while.
    setTimeout(() => this.#link?.stream.destroy(), CLOSING_TIME).unref();
  }

  /** Set while the server does not keep up with what is sent, or those who look: until then, no more is to be. */
  get behind(): Promise<void> | null {
    return this.#outlet?.behind ?? this.#watch.behind;
  }

  #receive(bytes: Buffer): void {
    this.#tap?.data(1, bytes, now());
    this.#outlet?.together(() => {
      if (this.#endpoint !== null) this.#endpoint.receive(bytes);
      else if (!this.#refused) this.#readHead(bytes);
    });
  }

  #readHead(bytes: Uint8Array): void {
    let read = this.#head.push(bytes);
    // 103 Early Hints and the like come before the answer.
    while (read !== null && read !== "too long" && isInterim(read.head)) read = this.#head.push(read.rest);
    if (read === null) return;
    if (read === "too long" || !this.#isAgreed(read.head)) {
      this.#refused = true;
      // What else the server has to say may come with the refusal.
      setTimeout(() => this.#link?.stream.destroy(), CLOSING_TIME);
      return;
    }
    this.#endpoint = new Endpoint(this.#options.conduct, parseExtensionHeaders(read.head), {
      ...this.#host,
      send: (sent) => this.#outlet?.write(sent),
      over: () => {
        // The server closes TCP first (RFC 6455 §7.1.1), unless it is the one at fault.
        if (!this.#endpoint?.complete) this.#outlet?.end();
        setTimeout(() => this.#link?.stream.destroy(), CLOSING_TIME).unref();
      },
    });
    this.#host.opened();
    if (read.rest.length > 0) this.#endpoint.receive(read.rest);
  }

  /** Whether a response opens the connection (RFC 6455 §4.1). */
  #isAgreed(response: HttpHead): boolean {
    const accept = findHeaders(response, "Sec-WebSocket-Accept")[0]?.value;
    return response.status === 101 && accept === computeAccept(this.#options.key);
  }
}
