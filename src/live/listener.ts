import { formatEndpoint } from "../bytes/endpoint-text.js";
import { computeAccept } from "../protocol/handshake/handshake.js";
import {
  acceptDeflateOffer,
  buildAgreementHeaders,
  buildRefusal,
  buildSwitchingResponse,
  findRefusal,
} from "../protocol/handshake/handshake-reply.js";
import { findHeaders, type HttpHead, isToken, parseListElements } from "../protocol/handshake/http-head.js";
import type { ConnectionTap, TransportEnd } from "../protocol/traffic.js";
import type { Taker } from "./back-pressure.js";
import { now } from "./clock.js";
import { type Conduct, Endpoint, type EndpointHost } from "./endpoint.js";
import { HeadReader } from "./head-reader.js";
import { type Link, onceInOrder } from "./link.js";
import { hear } from "./paced-reader.js";
import { Backlog, leftLine } from "./send-budget.js";
import { Outlet } from "./send-queue.js";
import { Door, type DoorOptions } from "./tcp-server.js";
import type { Watch } from "./traffic-observer.js";

/** What is done with a message that a client sends. */
export type Reply = "echo" | "none" | "broadcast";

export interface ListenerOptions extends DoorOptions {
  readonly conduct: Conduct;
  readonly reply: Reply;
  /** Milliseconds before what is said in reply is sent. */
  readonly delay: number;
  /** Frames of a client after which its connection is dropped, without a word; `null` for never. */
  readonly dropAfter: number | null;
  /** Whether Sec-WebSocket-Accept is the one that belongs to the key. */
  readonly acceptRight: boolean;
  /** Subprotocols that are spoken; every one that is offered when empty. */
  readonly subprotocols: readonly string[];
  /** Whether compression is agreed to. */
  readonly deflate: boolean;
}

/** What of an endpoint is the caller's. */
export type Judgement = Pick<EndpointHost, "maskingKey" | "failCodeOf">;

/** Milliseconds in which a handshake must be there, and in which a Close frame must be answered. */
const HANDSHAKE_TIME = 10_000;
const CLOSING_TIME = 1000;
/** Bytes of memory that a message which is sent later takes besides its payload. */
const DELAY_OVERHEAD = 512;

/** A server for those who test clients. */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #door: Door;
  readonly #clients = new Set<Client>();
  readonly #backlog = new Backlog();
  /** Messages that are to go out to all others. */
  readonly #messages: { readonly from: Client; readonly opcode: number; readonly payload: Uint8Array }[] = [];
  #spreading = false;

  constructor(options: ListenerOptions, judgement: Judgement, watch: Watch) {
    this.#options = options;
    const entered = (link: Link): void => {
      const client = new Client(link, options, judgement, watch, this.#backlog, {
        said: (opcode, payload) => this.#reply(client, opcode, payload),
        gone: () => this.#clients.delete(client),
      });
      this.#clients.add(client);
    };
    this.#door = new Door(options, entered, (line) => watch.say(line));
  }

  get port(): number {
    return this.#door.port;
  }

  /** Begins to listen. Rejects where that cannot be. */
  open(): Promise<void> {
    return this.#door.open();
  }

  /** Says Close to all clients, and waits a moment for their answers. */
  async close(code: number): Promise<void> {
    this.#door.close();
    const clients = [...this.#clients];
    for (const client of clients) client.close(code);
    const late = new Promise<void>((resolve) => void setTimeout(resolve, CLOSING_TIME).unref());
    await Promise.race([Promise.all(clients.map((client) => client.over)), late]);
    this.#door.shut();
    await Promise.all(clients.map((client) => client.over));
  }

  #reply(from: Client, opcode: number, payload: Uint8Array): void {
    const { reply } = this.#options;
    if (reply === "echo") from.say(opcode, payload);
    if (reply !== "broadcast") return;
    this.#messages.push({ from, opcode, payload });
    if (!this.#spreading) void this.#spread();
  }

  /** Sends messages to all others, one after the other: what is too much for all of them at once goes out at their pace. */
  async #spread(): Promise<void> {
    this.#spreading = true;
    for (let message = this.#messages.shift(); message !== undefined; message = this.#messages.shift()) {
      const { from, opcode, payload } = message;
      for (const client of [...this.#clients]) {
        while (this.#backlog.behind !== null) await this.#backlog.behind;
        if (client !== from) client.say(opcode, payload);
      }
    }
    this.#spreading = false;
  }
}

/** What a client's connection tells. */
interface ClientHost {
  said(opcode: number, payload: Uint8Array): void;
  gone(): void;
}

/** The connection of one client. */
class Client {
  readonly #link: Link;
  readonly #options: ListenerOptions;
  readonly #judgement: Judgement;
  readonly #backlog: Backlog;
  readonly #host: ClientHost;
  readonly #tap: ConnectionTap;
  readonly #head = new HeadReader();
  readonly #outlet: Outlet;
  readonly #takers: readonly Taker[];
  readonly #late: NodeJS.Timeout;
  #endpoint: Endpoint | null = null;
  #answered = false;
  /** Messages that are sent later, and their bytes. */
  readonly #delayed = new Map<NodeJS.Timeout, number>();
  #frames = 0;
  #ended: TransportEnd | null = null;
  /** Resolves when the connection is over. */
  readonly over: Promise<void>;

  /** @param backlog counts what waits for all clients */
  constructor(
    link: Link,
    options: ListenerOptions,
    judgement: Judgement,
    watch: Watch,
    backlog: Backlog,
    host: ClientHost,
  ) {
    this.#link = link;
    this.#options = options;
    this.#judgement = judgement;
    this.#backlog = backlog;
    this.#host = host;
    const { stream, socket } = link;
    const endpoints = [
      formatEndpoint(socket.remoteAddress, socket.remotePort),
      formatEndpoint(socket.localAddress, socket.localPort),
    ] as const;
    this.#tap = watch.connection({ endpoints, openerSeen: true });
    this.#outlet = new Outlet(stream, watch, {
      sent: (bytes) => this.#tap.data(1, bytes, now()),
      waits: (change) => backlog.count(change),
    });
    this.#takers = [watch, this.#outlet, backlog];
    backlog.add(this.#outlet, (waiting) => {
      watch.say(leftLine(endpoints[0], waiting));
      this.#drop();
    });
    this.#late = setTimeout(
      () => this.#refuse(buildRefusal("408 Request Timeout", "There was no request in time.\n")),
      HANDSHAKE_TIME,
    );
    this.over = new Promise((resolve) => {
      hear(
        stream,
        () => this.#takers,
        (bytes) => this.#receive(bytes),
      );
      stream.on("end", () =>
        onceInOrder(link, () => {
          this.#ended ??= { kind: "closed", by: 0 };
          this.#outlet.end();
        }),
      );
      stream.on("error", () => {
        this.#ended ??= { kind: "reset", by: 0 };
      });
      stream.on("close", () => {
        clearTimeout(this.#late);
        for (const timer of this.#delayed.keys()) this.#undelay(timer);
        backlog.delete(this.#outlet);
        this.#tap.end(this.#ended ?? { kind: "closed", by: 1 });
        host.gone();
        resolve();
      });
    });
  }

  /** Sends a message to the client. */
  say(opcode: number, payload: Uint8Array): void {
    const { delay } = this.#options;
    if (delay === 0) {
      this.#endpoint?.send(opcode, payload);
      return;
    }
    if (this.#link.stream.destroyed) return;
    const timer = setTimeout(() => {
      this.#undelay(timer);
      this.#endpoint?.send(opcode, payload);
    }, delay).unref();
    this.#delayed.set(timer, payload.length + DELAY_OVERHEAD);
    this.#backlog.count(payload.length + DELAY_OVERHEAD);
  }

  close(code: number): void {
    if (this.#endpoint === null) this.#link.stream.destroy();
    else this.#endpoint.close(code);
    this.#outlet.hurry();
  }

  #undelay(timer: NodeJS.Timeout): void {
    clearTimeout(timer);
    this.#backlog.count(-(this.#delayed.get(timer) ?? 0));
    this.#delayed.delete(timer);
  }

  #receive(bytes: Buffer): void {
    this.#tap.data(0, bytes, now());
    this.#outlet.together(() => {
      if (this.#endpoint !== null) this.#endpoint.receive(bytes);
      else if (!this.#answered) this.#open(bytes);
    });
  }

  #open(bytes: Uint8Array): void {
    const read = this.#head.push(bytes);
    if (read === null) return;
    clearTimeout(this.#late);
    if (read === "too long") {
      this.#refuse(buildRefusal("431 Request Header Fields Too Large", "A head has 64 KiB at most.\n"));
      return;
    }
    const refusal = findRefusal(read.head);
    if (refusal !== null) {
      this.#refuse(refusal);
      return;
    }
    this.#agree(read.head);
    if (read.rest.length > 0) this.#endpoint?.receive(read.rest);
  }

  /** Answers the handshake (RFC 6455 §4.2.2). */
  #agree(request: HttpHead): void {
    const { acceptRight, subprotocols, deflate, conduct } = this.#options;
    const key = findHeaders(request, "Sec-WebSocket-Key")[0]?.value ?? "";
    const accept = computeAccept(acceptRight ? key : `${key}, but wrong`);
    const offered = parseListElements(findHeaders(request, "Sec-WebSocket-Protocol"));
    // What is no token is not repeated: it may hold anything.
    const subprotocol =
      offered.find((name) => isToken(name) && (subprotocols.length === 0 || subprotocols.includes(name))) ?? null;
    const extension = deflate ? acceptDeflateOffer(request) : null;
    this.#answered = true;
    this.#outlet.write(Buffer.from(buildSwitchingResponse(accept, buildAgreementHeaders(subprotocol, extension))));
    this.#endpoint = new Endpoint(conduct, extension === null ? [] : [extension], {
      ...this.#judgement,
      failCodeOf: (frame) => {
        if (++this.#frames === this.#options.dropAfter) this.#drop();
        return this.#judgement.failCodeOf(frame);
      },
      send: (bytes) => this.#outlet.write(bytes),
      message: (opcode, payload) => this.#host.said(opcode, payload),
      // The server closes first (RFC 6455 §7.1.1).
      over: () => {
        this.#ended ??= { kind: "closed", by: 1 };
        this.#outlet.end();
        setTimeout(() => this.#link.stream.destroy(), CLOSING_TIME).unref();
      },
    });
  }

  #refuse(response: string): void {
    this.#answered = true;
    this.#outlet.write(Buffer.from(response));
    this.#ended ??= { kind: "closed", by: 1 };
    this.#outlet.end();
    setTimeout(() => this.#link.stream.destroy(), CLOSING_TIME).unref();
  }

  /** Ends the connection as a server does that is killed. */
  #drop(): void {
    this.#ended ??= { kind: "closed", by: 1 };
    this.#link.stream.destroy();
  }
}
