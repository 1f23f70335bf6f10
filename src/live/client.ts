import { formatEndpoint } from "../bytes/endpoint-text.js";
import { computeAccept, isInterim, parseExtensionHeaders } from "../protocol/handshake/handshake.js";
import { findHeaders, type HttpHead } from "../protocol/handshake/http-head.js";
import type { ConnectionReceiver, TransportEnd } from "../protocol/traffic.js";
import type { BackPressure } from "./back-pressure.js";
import { now } from "./clock.js";
import { Endpoint, type EndpointHost, type EndpointPolicy } from "./endpoint.js";
import { HeadReader } from "./head-reader.js";
import { readPaced } from "./paced-reader.js";
import { SendQueue } from "./send-queue.js";
import { MAX_SLICE_BYTES, SliceSize } from "./slice-size.js";
import type { TrafficObserver } from "./traffic-observer.js";
import { type Link, onOrderlyEnd, openLink, type Target, type TlsOptions } from "./transport.js";

export interface ClientOptions extends TlsOptions {
  readonly target: Target;
  readonly policy: EndpointPolicy;
  /** The request that opens the connection, as sent. */
  readonly request: string;
  /** Its Sec-WebSocket-Key. */
  readonly key: string;
}

/** The outcome of a connection. */
export interface ConnectionOutcome {
  /** Whether the server accepted the handshake. */
  readonly isOpened: boolean;
  /** Why the server did not accept the handshake: its answer, or none before it ended the connection; `null` if neither is so. */
  readonly handshakeFailure: "refused" | "unanswered" | null;
  /** Whether both sides sent a Close frame. */
  readonly isClosingComplete: boolean;
  /** The server's status code; `null` if it sent none. */
  readonly closeCode: number | null;
  /** Whether the server's code is the one that the client closed with. */
  readonly isCloseEchoed: boolean;
}

/** Callbacks of a client connection. */
export interface ClientHost extends Pick<EndpointHost, "maskingKey" | "findFailCode" | "message"> {
  /** The server accepted the handshake, so messages may be sent. */
  opened(): void;
}

/** Timeout for the handshake, and for closing TCP after the closing handshake, in milliseconds. */
const HANDSHAKE_TIMEOUT_MS = 30_000;
const CLOSING_TIMEOUT_MS = 2000;

/** A client for testing servers. */
export class WebSocketClient implements BackPressure {
  readonly #options: ClientOptions;
  readonly #host: ClientHost;
  readonly #observer: TrafficObserver;
  readonly #headReader = new HeadReader();
  readonly #connectAbort = new AbortController();
  #link: Link | null = null;
  #receiver: ConnectionReceiver | null = null;
  #endpoint: Endpoint | null = null;
  #isRefused = false;
  #sendQueue: SendQueue | null = null;
  #transportEnd: TransportEnd | null = null;
  /** The status code that the client closed with first; `undefined` until then. */
  #sentCloseCode: number | null | undefined;

  constructor(options: ClientOptions, host: ClientHost, observer: TrafficObserver) {
    this.#options = options;
    this.#host = host;
    this.#observer = observer;
  }

  /** Connects, and resolves when the connection has ended. Rejects if the server is unreachable. */
  async run(): Promise<ConnectionOutcome> {
    const { target, request } = this.#options;
    const link = await openLink(target, this.#options, this.#connectAbort.signal);
    this.#link = link;
    const { stream, socket } = link;
    const endpoints = [
      formatEndpoint(socket.localAddress, socket.localPort),
      formatEndpoint(socket.remoteAddress, socket.remotePort),
    ] as const;
    const receiver = this.#observer.connection({ endpoints, isOpenerKnown: true });
    this.#receiver = receiver;
    this.#sendQueue = new SendQueue(stream, this.#observer, {
      sent: (bytes) => receiver.data(0, bytes, now()),
      // Callers already wait for this one server through `draining`.
      changePending() {},
    });
    const timer = setTimeout(() => {
      this.#observer.note("the server did not answer the handshake within 30 s");
      stream.destroy();
    }, HANDSHAKE_TIMEOUT_MS);
    const sliceSize = new SliceSize(MAX_SLICE_BYTES);
    await new Promise<void>((resolve) => {
      // Reading pauses while the server does not read its answers, or while observers lag behind.
      readPaced(
        stream,
        sliceSize,
        () => [this],
        (bytes) => {
          sliceSize.measure(() => this.#receive(bytes));
          if (this.#endpoint !== null || this.#isRefused) clearTimeout(timer);
        },
      );
      stream.on("end", () =>
        onOrderlyEnd(link, () => {
          this.#transportEnd ??= { kind: "closed", by: 1 };
          this.#sendQueue?.end();
        }),
      );
      stream.on("error", () => {
        this.#transportEnd ??= { kind: "reset", by: 1 };
      });
      stream.on("close", () => {
        clearTimeout(timer);
        receiver.end(this.#transportEnd ?? { kind: "closed", by: 0 });
        resolve();
      });
      this.#sendQueue?.write(Buffer.from(request, "latin1"));
    });
    const endpoint = this.#endpoint;
    const code = endpoint?.receivedClose?.code ?? null;
    return {
      isOpened: endpoint !== null,
      handshakeFailure: this.#findHandshakeFailure(),
      isClosingComplete: endpoint?.isClosingComplete ?? false,
      closeCode: code,
      isCloseEchoed: code === this.#sentCloseCode,
    };
  }

  /** Sends a message or a control frame; splits the message if a fragment size is given. */
  send(opcode: number, payload: Uint8Array, fragment?: number): void {
    this.#endpoint?.send(opcode, payload, fragment);
  }

  /** Sends raw bytes, which need not be frames. */
  sendRaw(bytes: Uint8Array): void {
    this.#endpoint?.sendRaw(bytes);
  }

  /** Starts the closing handshake. */
  close(code: number | null, reason?: Uint8Array): void {
    this.#connectAbort.abort();
    if (this.#sentCloseCode === undefined) this.#sentCloseCode = code;
    if (this.#endpoint === null) this.#link?.stream.destroy();
    else this.#endpoint.close(code, reason);
    this.#sendQueue?.ignoreObservers();
    // A server that does not answer in time is disconnected.
    setTimeout(() => this.#link?.stream.destroy(), CLOSING_TIMEOUT_MS).unref();
  }

  /** Set while the server or an observer lags behind; wait for it before sending more. */
  get draining(): Promise<void> | null {
    return this.#sendQueue?.draining ?? this.#observer.draining;
  }

  #findHandshakeFailure(): ConnectionOutcome["handshakeFailure"] {
    if (this.#isRefused) return "refused";
    const end = this.#transportEnd;
    return this.#endpoint === null && end !== null && end.kind !== "open" && end.by === 1 ? "unanswered" : null;
  }

  #receive(bytes: Buffer): void {
    this.#receiver?.data(1, bytes, now());
    this.#sendQueue?.batch(() => {
      if (this.#endpoint !== null) this.#endpoint.receive(bytes);
      else if (!this.#isRefused) this.#readHead(bytes);
    });
  }

  #readHead(bytes: Uint8Array): void {
    let read = this.#headReader.push(bytes);
    // Interim responses, such as 103 Early Hints, come before the final one.
    while (read !== null && read !== "too long" && isInterim(read.head)) read = this.#headReader.push(read.rest);
    if (read === null) return;
    if (read === "too long" || !this.#isUpgradeAccepted(read.head)) {
      this.#isRefused = true;
      // The rest of a refusal, such as its body, may follow.
      setTimeout(() => this.#link?.stream.destroy(), CLOSING_TIMEOUT_MS);
      return;
    }
    this.#endpoint = new Endpoint(this.#options.policy, parseExtensionHeaders(read.head), {
      ...this.#host,
      send: (sent) => this.#sendQueue?.write(sent),
      closed: () => {
        // The server closes TCP first (RFC 6455 §7.1.1), unless the server broke a rule.
        if (!this.#endpoint?.isClosingComplete) this.#sendQueue?.end();
        setTimeout(() => this.#link?.stream.destroy(), CLOSING_TIMEOUT_MS).unref();
      },
    });
    this.#host.opened();
    if (read.rest.length > 0) this.#endpoint.receive(read.rest);
  }

  /** Whether a response accepts the handshake (RFC 6455 §4.1). */
  #isUpgradeAccepted(response: HttpHead): boolean {
    const accept = findHeaders(response, "Sec-WebSocket-Accept")[0]?.value;
    return response.status === 101 && accept === computeAccept(this.#options.key);
  }
}
