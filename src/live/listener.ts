import { formatEndpoint } from "../bytes/endpoint-text.js";
import { computeAccept } from "../protocol/handshake/handshake.js";
import {
  acceptDeflateOffer,
  buildAgreementHeaders,
  buildRefusal,
  buildSwitchingResponse,
  findRefusal,
} from "../protocol/handshake/handshake-reply.js";
import { findHeaders, type HttpHead, parseListElements } from "../protocol/handshake/http-head.js";
import { isToken, MAX_HEAD_BYTES } from "../protocol/handshake/http-syntax.js";
import type { ConnectionReceiver, TransportEnd } from "../protocol/traffic.js";
import type { BackPressure } from "./back-pressure.js";
import { now } from "./clock.js";
import { Endpoint, type EndpointHost, type EndpointPolicy } from "./endpoint.js";
import { HeadReader } from "./head-reader.js";
import { readPaced } from "./paced-reader.js";
import { formatDisconnectNote, SendBudget } from "./send-budget.js";
import { SendQueue } from "./send-queue.js";
import { MAX_SLICE_BYTES, SliceSize } from "./slice-size.js";
import { TcpServer, type TcpServerOptions } from "./tcp-server.js";
import type { TrafficObserver } from "./traffic-observer.js";
import { type Link, onOrderlyEnd } from "./transport.js";

/** How to handle a client's message. */
export type ReplyMode = "echo" | "none" | "broadcast";

export interface ListenerOptions extends TcpServerOptions {
  readonly policy: EndpointPolicy;
  readonly reply: ReplyMode;
  /** Delay before a reply, in milliseconds. */
  readonly delay: number;
  /** The number of client frames after which the connection is dropped without a Close; `null` for never. */
  readonly dropAfter: number | null;
  /** Whether to send the correct Sec-WebSocket-Accept for the key. */
  readonly isAcceptCorrect: boolean;
  /** The supported subprotocols; if empty, all offered ones. */
  readonly subprotocols: readonly string[];
  /** Whether to accept compression. */
  readonly deflate: boolean;
}

/** The endpoint settings that the caller provides. */
export type EndpointCallbacks = Pick<EndpointHost, "maskingKey" | "findFailCode">;

/** Timeout for the handshake, and for the answer to a Close frame, in milliseconds. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
const CLOSING_TIMEOUT_MS = 1000;
/** Memory overhead of a delayed message, in bytes, besides its payload. */
const DELAYED_MESSAGE_OVERHEAD_BYTES = 512;

/** A server for testing clients. */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #server: TcpServer;
  readonly #clients = new Set<AcceptedClient>();
  readonly #sendBudget = new SendBudget();
  /** Messages waiting for broadcast to all other clients. */
  readonly #broadcasts: { readonly from: AcceptedClient; readonly opcode: number; readonly payload: Uint8Array }[] = [];
  #isBroadcasting = false;

  constructor(options: ListenerOptions, callbacks: EndpointCallbacks, observer: TrafficObserver) {
    this.#options = options;
    const accept = (link: Link): void => {
      const client = new AcceptedClient(link, options, callbacks, observer, this.#sendBudget, {
        message: (opcode, payload) => this.#reply(client, opcode, payload),
        closed: () => this.#clients.delete(client),
      });
      this.#clients.add(client);
    };
    this.#server = new TcpServer(options, accept, (line) => observer.note(line));
  }

  get port(): number {
    return this.#server.port;
  }

  /** Starts listening. Rejects if that fails. */
  open(): Promise<void> {
    return this.#server.open();
  }

  /** Sends Close to all clients, and waits briefly for their answers. */
  async close(code: number): Promise<void> {
    this.#server.close();
    const clients = [...this.#clients];
    for (const client of clients) client.close(code);
    const late = new Promise<void>((resolve) => void setTimeout(resolve, CLOSING_TIMEOUT_MS).unref());
    await Promise.race([Promise.all(clients.map((client) => client.closed)), late]);
    this.#server.destroyConnections();
    await Promise.all(clients.map((client) => client.closed));
  }

  #reply(from: AcceptedClient, opcode: number, payload: Uint8Array): void {
    const { reply } = this.#options;
    if (reply === "echo") from.sendMessage(opcode, payload);
    if (reply !== "broadcast") return;
    this.#broadcasts.push({ from, opcode, payload });
    if (!this.#isBroadcasting) void this.#broadcastMessages();
  }

  /** Sends messages to all other clients, one after the other, and waits for slow clients when the send budget is full. */
  async #broadcastMessages(): Promise<void> {
    this.#isBroadcasting = true;
    for (let message = this.#broadcasts.shift(); message !== undefined; message = this.#broadcasts.shift()) {
      const { from, opcode, payload } = message;
      for (const client of [...this.#clients]) {
        while (this.#sendBudget.draining !== null) await this.#sendBudget.draining;
        if (client !== from) client.sendMessage(opcode, payload);
      }
    }
    this.#isBroadcasting = false;
  }
}

/** Callbacks of an accepted connection. */
interface AcceptedClientHost {
  message(opcode: number, payload: Uint8Array): void;
  closed(): void;
}

/** One client's connection. */
class AcceptedClient {
  readonly #link: Link;
  readonly #options: ListenerOptions;
  readonly #callbacks: EndpointCallbacks;
  readonly #sendBudget: SendBudget;
  readonly #host: AcceptedClientHost;
  readonly #receiver: ConnectionReceiver;
  readonly #headReader = new HeadReader();
  readonly #sendQueue: SendQueue;
  readonly #backPressures: readonly BackPressure[];
  readonly #handshakeTimer: NodeJS.Timeout;
  #endpoint: Endpoint | null = null;
  #hasAnswered = false;
  /** The delayed messages, and their size in bytes. */
  readonly #delayedMessages = new Map<NodeJS.Timeout, number>();
  #frameCount = 0;
  #transportEnd: TransportEnd | null = null;
  /** Resolves when the connection has ended. */
  readonly closed: Promise<void>;

  /** @param sendBudget counts the pending bytes of all clients */
  constructor(
    link: Link,
    options: ListenerOptions,
    callbacks: EndpointCallbacks,
    observer: TrafficObserver,
    sendBudget: SendBudget,
    host: AcceptedClientHost,
  ) {
    this.#link = link;
    this.#options = options;
    this.#callbacks = callbacks;
    this.#sendBudget = sendBudget;
    this.#host = host;
    const { stream, socket } = link;
    const endpoints = [
      formatEndpoint(socket.remoteAddress, socket.remotePort),
      formatEndpoint(socket.localAddress, socket.localPort),
    ] as const;
    this.#receiver = observer.connection({ endpoints, isOpenerKnown: true });
    this.#sendQueue = new SendQueue(stream, observer, {
      sent: (bytes) => this.#receiver.data(1, bytes, now()),
      changePending: (change) => sendBudget.changePending(change),
    });
    this.#backPressures = [observer, this.#sendQueue, sendBudget];
    sendBudget.add(this.#sendQueue, (waiting) => {
      observer.note(formatDisconnectNote(endpoints[0], waiting));
      this.#drop();
    });
    this.#handshakeTimer = setTimeout(
      () => this.#refuseHandshake(buildRefusal("408 Request Timeout", "No request within 10 s.\n")),
      HANDSHAKE_TIMEOUT_MS,
    );
    const sliceSize = new SliceSize(MAX_SLICE_BYTES);
    this.closed = new Promise((resolve) => {
      readPaced(
        stream,
        sliceSize,
        () => this.#backPressures,
        (bytes) => sliceSize.measure(() => this.#receive(bytes)),
      );
      stream.on("end", () =>
        onOrderlyEnd(link, () => {
          this.#transportEnd ??= { kind: "closed", by: 0 };
          this.#sendQueue.end();
        }),
      );
      stream.on("error", () => {
        this.#transportEnd ??= { kind: "reset", by: 0 };
      });
      stream.on("close", () => {
        clearTimeout(this.#handshakeTimer);
        for (const timer of this.#delayedMessages.keys()) this.#cancelDelayed(timer);
        sendBudget.delete(this.#sendQueue);
        this.#receiver.end(this.#transportEnd ?? { kind: "closed", by: 1 });
        host.closed();
        resolve();
      });
    });
  }

  /** Sends a message to the client. */
  sendMessage(opcode: number, payload: Uint8Array): void {
    const { delay } = this.#options;
    if (delay === 0) {
      this.#endpoint?.send(opcode, payload);
      return;
    }
    if (this.#link.stream.destroyed) return;
    const timer = setTimeout(() => {
      this.#cancelDelayed(timer);
      this.#endpoint?.send(opcode, payload);
    }, delay).unref();
    this.#delayedMessages.set(timer, payload.length + DELAYED_MESSAGE_OVERHEAD_BYTES);
    this.#sendBudget.changePending(payload.length + DELAYED_MESSAGE_OVERHEAD_BYTES);
  }

  close(code: number): void {
    if (this.#endpoint === null) this.#link.stream.destroy();
    else this.#endpoint.close(code);
    this.#sendQueue.ignoreObservers();
  }

  #cancelDelayed(timer: NodeJS.Timeout): void {
    clearTimeout(timer);
    this.#sendBudget.changePending(-(this.#delayedMessages.get(timer) ?? 0));
    this.#delayedMessages.delete(timer);
  }

  #receive(bytes: Buffer): void {
    this.#receiver.data(0, bytes, now());
    this.#sendQueue.batch(() => {
      if (this.#endpoint !== null) this.#endpoint.receive(bytes);
      else if (!this.#hasAnswered) this.#readHandshake(bytes);
    });
  }

  #readHandshake(bytes: Uint8Array): void {
    const read = this.#headReader.push(bytes);
    if (read === null) return;
    clearTimeout(this.#handshakeTimer);
    if (read === "too long") {
      this.#refuseHandshake(
        buildRefusal(
          "431 Request Header Fields Too Large",
          `The limit of a request head is ${MAX_HEAD_BYTES / 1024} KiB.\n`,
        ),
      );
      return;
    }
    const refusal = findRefusal(read.head);
    if (refusal !== null) {
      this.#refuseHandshake(refusal);
      return;
    }
    this.#acceptHandshake(read.head);
    if (read.rest.length > 0) this.#endpoint?.receive(read.rest);
  }

  /** Answers the handshake (RFC 6455 §4.2.2). */
  #acceptHandshake(request: HttpHead): void {
    const { isAcceptCorrect, subprotocols, deflate, policy } = this.#options;
    const key = findHeaders(request, "Sec-WebSocket-Key")[0]?.value ?? "";
    const accept = computeAccept(isAcceptCorrect ? key : `${key}, but wrong`);
    const offered = parseListElements(findHeaders(request, "Sec-WebSocket-Protocol"));
    // An invalid token is not echoed, because it may contain anything.
    const subprotocol =
      offered.find((name) => isToken(name) && (subprotocols.length === 0 || subprotocols.includes(name))) ?? null;
    const extension = deflate ? acceptDeflateOffer(request) : null;
    this.#hasAnswered = true;
    this.#sendQueue.write(Buffer.from(buildSwitchingResponse(accept, buildAgreementHeaders(subprotocol, extension))));
    this.#endpoint = new Endpoint(policy, extension === null ? [] : [extension], {
      ...this.#callbacks,
      findFailCode: (frame) => {
        if (++this.#frameCount === this.#options.dropAfter) this.#drop();
        return this.#callbacks.findFailCode(frame);
      },
      send: (bytes) => this.#sendQueue.write(bytes),
      message: (opcode, payload) => this.#host.message(opcode, payload),
      // The server closes first (RFC 6455 §7.1.1).
      closed: () => {
        this.#transportEnd ??= { kind: "closed", by: 1 };
        this.#sendQueue.end();
        setTimeout(() => this.#link.stream.destroy(), CLOSING_TIMEOUT_MS).unref();
      },
    });
  }

  #refuseHandshake(response: string): void {
    this.#hasAnswered = true;
    this.#sendQueue.write(Buffer.from(response));
    this.#transportEnd ??= { kind: "closed", by: 1 };
    this.#sendQueue.end();
    setTimeout(() => this.#link.stream.destroy(), CLOSING_TIMEOUT_MS).unref();
  }

  /** Resets the connection, as a killed server would. */
  #drop(): void {
    this.#transportEnd ??= { kind: "closed", by: 1 };
    this.#link.stream.destroy();
  }
}
