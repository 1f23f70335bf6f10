import { endpointText } from "../bytes/endpoint-text.js";
import { counted } from "../bytes/size.js";
import type { ConnectionTap, TransportEnd } from "../input/capture/capture.js";
import { acceptFor } from "../protocol/handshake.js";
import {
  agreedDeflate,
  agreementHeaders,
  refusalOf,
  refusingResponse,
  switchingResponse,
} from "../protocol/handshake-reply.js";
import { type HttpHead, headersNamed, listElements } from "../protocol/http-head.js";
import { now } from "./clock.js";
import { Door, type DoorOptions } from "./door.js";
import { type Conduct, Endpoint, type EndpointHost } from "./endpoint.js";
import { HeadReader } from "./head-reader.js";
import { type Link, onceInOrder } from "./link.js";
import type { Watch } from "./watch.js";

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

/** Bytes that wait for a client that does not read, at most: then it is left. */
const MOST_UNSENT = 64 * 1024 * 1024;
/** Milliseconds in which a handshake must be there, and in which a Close frame must be answered. */
const HANDSHAKE_TIME = 10_000;
const CLOSING_TIME = 1000;

/** A server for those who test clients. */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #door: Door;
  readonly #clients = new Set<Client>();

  constructor(options: ListenerOptions, judgement: Judgement, watch: Watch) {
    this.#options = options;
    const entered = (link: Link): void => {
      const client = new Client(link, options, judgement, watch, {
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
    for (const client of this.#clients) if (client !== from) client.say(opcode, payload);
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
  readonly #watch: Watch;
  readonly #host: ClientHost;
  readonly #tap: ConnectionTap;
  readonly #head = new HeadReader();
  readonly #late: NodeJS.Timeout;
  #endpoint: Endpoint | null = null;
  #answered = false;
  /** Bytes of messages that are sent later. */
  #delayed = 0;
  #frames = 0;
  #ended: TransportEnd | null = null;
  /** Resolves when the connection is over. */
  readonly over: Promise<void>;

  constructor(link: Link, options: ListenerOptions, judgement: Judgement, watch: Watch, host: ClientHost) {
    this.#link = link;
    this.#options = options;
    this.#judgement = judgement;
    this.#watch = watch;
    this.#host = host;
    const { stream, socket } = link;
    const endpoints = [
      endpointText(socket.remoteAddress, socket.remotePort),
      endpointText(socket.localAddress, socket.localPort),
    ] as const;
    this.#tap = watch.connection({ endpoints, openerSeen: true });
    this.#late = setTimeout(
      () => this.#refuse(refusingResponse("408 Request Timeout", "There was no request in time.\n")),
      HANDSHAKE_TIME,
    );
    this.over = new Promise((resolve) => {
      stream.on("data", (bytes: Buffer) => this.#receive(bytes));
      stream.on("drain", () => {
        if (watch.behind === null) stream.resume();
      });
      stream.on("end", () =>
        onceInOrder(link, () => {
          this.#ended ??= { kind: "closed", by: 0 };
          stream.end();
        }),
      );
      stream.on("error", () => {
        this.#ended ??= { kind: "reset", by: 0 };
      });
      stream.on("close", () => {
        clearTimeout(this.#late);
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
    this.#delayed += payload.length;
    if (this.#delayed > MOST_UNSENT) {
      this.#watch.say(`${counted(this.#delayed, "byte")} wait for --delay: the client's connection is dropped`);
      this.#drop();
      return;
    }
    setTimeout(() => {
      this.#delayed -= payload.length;
      this.#endpoint?.send(opcode, payload);
    }, delay).unref();
  }

  close(code: number): void {
    if (this.#endpoint === null) this.#link.stream.destroy();
    else this.#endpoint.close(code);
  }

  #receive(bytes: Buffer): void {
    this.#tap.data(0, bytes, now());
    const { stream } = this.#link;
    // What answers a chunk goes out together: a system call for each frame takes longer than the frame.
    stream.cork();
    if (this.#endpoint !== null) this.#endpoint.receive(bytes);
    else if (!this.#answered) this.#open(bytes);
    stream.uncork();
    const { behind } = this.#watch;
    if (behind === null) return;
    this.#link.stream.pause();
    void behind.then(() => {
      if (!this.#link.stream.writableNeedDrain) this.#link.stream.resume();
    });
  }

  #open(bytes: Uint8Array): void {
    const read = this.#head.push(bytes);
    if (read === null) return;
    clearTimeout(this.#late);
    if (read === "too long") {
      this.#refuse(refusingResponse("431 Request Header Fields Too Large", "A head has 64 KiB at most.\n"));
      return;
    }
    const refusal = refusalOf(read.head);
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
    const key = headersNamed(request, "Sec-WebSocket-Key")[0]?.value ?? "";
    const accept = acceptFor(acceptRight ? key : `${key}, but wrong`);
    const offered = listElements(headersNamed(request, "Sec-WebSocket-Protocol"));
    const subprotocol = offered.find((name) => subprotocols.length === 0 || subprotocols.includes(name)) ?? null;
    const extension = deflate ? agreedDeflate(request) : null;
    this.#answered = true;
    this.#send(Buffer.from(switchingResponse(accept, agreementHeaders(subprotocol, extension))));
    this.#endpoint = new Endpoint(conduct, extension === null ? [] : [extension], {
      ...this.#judgement,
      failCodeOf: (frame) => {
        if (++this.#frames === this.#options.dropAfter) this.#drop();
        return this.#judgement.failCodeOf(frame);
      },
      send: (bytes) => this.#send(bytes),
      message: (opcode, payload) => this.#host.said(opcode, payload),
      // The server closes first (RFC 6455 §7.1.1).
      over: () => {
        this.#ended ??= { kind: "closed", by: 1 };
        this.#link.stream.end();
        setTimeout(() => this.#link.stream.destroy(), CLOSING_TIME).unref();
      },
    });
  }

  #refuse(response: string): void {
    this.#answered = true;
    this.#send(Buffer.from(response));
    this.#ended ??= { kind: "closed", by: 1 };
    this.#link.stream.end();
    setTimeout(() => this.#link.stream.destroy(), CLOSING_TIME).unref();
  }

  /** Ends the connection as a server does that is killed. */
  #drop(): void {
    this.#ended ??= { kind: "closed", by: 1 };
    this.#link.stream.destroy();
  }

  #send(bytes: Uint8Array): void {
    const { stream } = this.#link;
    if (!stream.writable) return;
    if (stream.writableLength > MOST_UNSENT) {
      this.#watch.say(`a client reads nothing of ${counted(stream.writableLength, "byte")}: its connection is dropped`);
      this.#drop();
      return;
    }
    // Who does not read what is said is not listened to.
    if (!stream.write(bytes)) stream.pause();
    this.#tap.data(1, bytes, now());
  }
}
