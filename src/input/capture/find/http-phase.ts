import { isInterim } from "../../../protocol/handshake/handshake.js";
import { findHeaders, type HttpHead, parseListElements } from "../../../protocol/handshake/http-head.js";
import type { Side } from "../../../protocol/traffic.js";
import { type AfterHead, type HttpFault, HttpMessages } from "./http-messages.js";

/** Where in the bytes of the side that asks, and of the one that answers, something begins. */
export interface StreamOffsets {
  readonly client: number;
  readonly server: number;
}

/** What an HTTP connection turned into. */
export type HttpOutcome =
  /** A request asks for WebSocket; it and its answer start at these offsets. */
  | { readonly kind: "upgrade"; readonly at: StreamOffsets }
  /** A proxy opened a tunnel: what goes through it begins at these offsets. */
  | { readonly kind: "tunnel"; readonly at: StreamOffsets }
  /** The bytes are not HTTP, or cannot be read as such. */
  | { readonly kind: "none"; readonly fault: HttpFault };

/** Whether a head asks for WebSocket, or agrees to it. */
function upgradesToWebSocket(head: HttpHead): boolean {
  return parseListElements(findHeaders(head, "Upgrade")).some((name) => name.toLowerCase() === "websocket");
}

/** Follows the requests and responses of a connection, one after the other, until one asks for WebSocket. */
export class HttpPhase {
  readonly client: Side;
  readonly #requests: HttpMessages;
  readonly #responses: HttpMessages;
  /** Requests before the one that matters, and responses so far that answer a request. */
  #requestCount = 0;
  #responseCount = 0;
  /** The requests that no response has answered, and where they begin. */
  readonly #unanswered = new RequestQueue();
  #requestedSwitch: "upgrade" | "tunnel" | null = null;
  #clientOffset = 0;
  #serverOffset: number | null = null;

  /**
   * @param client the side that asks
   * @param from where HTTP begins, in bytes from the first of each side
   */
  constructor(client: Side, from: StreamOffsets) {
    this.client = client;
    this.#requests = new HttpMessages((head) => this.#readRequest(head), from.client);
    this.#responses = new HttpMessages((head) => this.#readResponse(head), from.server);
  }

  #readRequest(head: HttpHead): AfterHead {
    const { offset, length, method } = head;
    if (upgradesToWebSocket(head)) {
      this.#requestedSwitch = "upgrade";
      this.#clientOffset = offset;
      return "end";
    }
    if (method === "CONNECT") {
      this.#requestedSwitch = "tunnel";
      this.#clientOffset = offset + length;
      return "no body";
    }
    this.#requestCount++;
    this.#unanswered.add({ offset, hasBody: method !== "HEAD" });
    return "body";
  }

  #readResponse(head: HttpHead): AfterHead {
    const { offset, length, status } = head;
    // Everything before the upgrade is answered: this is its answer, or comes before that.
    if (this.#requestedSwitch === "upgrade" && this.#unanswered.first === null) {
      this.#serverOffset = offset;
      return "end";
    }
    // 100 and the like come before the answer; 101 is the answer to an upgrade.
    if (isInterim(head)) return "no body";
    const asked = this.#unanswered.take();
    if (this.#requestedSwitch === "tunnel" && asked === null) {
      if (status !== null && status >= 200 && status < 300) {
        this.#serverOffset = offset + length;
        return "end";
      }
      // The proxy refuses; another request may follow.
      this.#requestedSwitch = null;
      return "body";
    }
    // A server that agrees to what the request forgot to ask, or to one that is not all there, makes it an upgrade all the same.
    if (this.#requestedSwitch === null && status === 101 && upgradesToWebSocket(head)) {
      this.#requestedSwitch = "upgrade";
      this.#clientOffset = asked?.offset ?? this.#requests.offset;
      this.#serverOffset = offset;
      return "end";
    }
    this.#responseCount++;
    return asked?.hasBody === false ? "no body" : "body";
  }

  /** Skips missing bytes of a side. @returns whether HTTP can be read on behind them */
  addGap(side: Side, length: number): boolean {
    return (side === this.client ? this.#requests : this.#responses).addGap(length);
  }

  /** The next bytes of a side. */
  push(side: Side, bytes: Uint8Array): void {
    if (side === this.client) {
      if (this.#requestedSwitch !== "upgrade") this.#requests.push(bytes);
    } else if (this.#serverOffset === null && !this.#areAllAnswered) this.#responses.push(bytes);
  }

  /**
   * Offset on a side up to which its bytes are no longer needed.
   *
   * @param short whether room is short: then requests are given up that no response has answered yet
   */
  processedOffset(side: Side, short: boolean): number {
    if (side !== this.client) return this.#responses.offset;
    if (this.#requestedSwitch !== null) return this.#clientOffset;
    return (short ? null : this.#unanswered.first?.offset) ?? this.#requests.offset;
  }

  /** What the connection turned into; `null` while that is open. */
  get outcome(): HttpOutcome | null {
    const fault = this.#requests.fault ?? this.#responses.fault ?? (this.#unanswered.hasTooMany ? "malformed" : null);
    if (fault !== null) return { kind: "none", fault };
    if (this.#requestedSwitch === "tunnel") {
      return this.#serverOffset === null
        ? null
        : { kind: "tunnel", at: { client: this.#clientOffset, server: this.#serverOffset } };
    }
    if (this.#requestedSwitch === "upgrade" && this.#serverOffset !== null) {
      return { kind: "upgrade", at: { client: this.#clientOffset, server: this.#serverOffset } };
    }
    return this.#areAllAnswered
      ? { kind: "upgrade", at: { client: this.#clientOffset, server: this.#responses.offset } }
      : null;
  }

  /** Whether an upgrade was requested, and every earlier request has its whole answer. */
  get #areAllAnswered(): boolean {
    return (
      this.#requestedSwitch === "upgrade" && this.#responseCount >= this.#requestCount && !this.#responses.isInBody
    );
  }
}

/** So many requests may wait for their responses. No client asks for more ahead of them. */
const MAX_UNANSWERED_REQUESTS = 1024;

interface PendingRequest {
  readonly offset: number;
  /** Whether the response to it may have a body. */
  readonly hasBody: boolean;
  next?: PendingRequest;
}

/** Requests in the order in which they are answered. */
class RequestQueue {
  first: PendingRequest | null = null;
  #last: PendingRequest | null = null;
  #count = 0;

  /** Whether they are more than any client sends: what there is of the others is not kept. */
  get hasTooMany(): boolean {
    return this.#count > MAX_UNANSWERED_REQUESTS;
  }

  add(request: PendingRequest): void {
    if (this.hasTooMany) return;
    if (this.#last === null) this.first = request;
    else this.#last.next = request;
    this.#last = request;
    this.#count++;
  }

  take(): PendingRequest | null {
    const taken = this.first;
    if (taken === null) return null;
    this.first = taken.next ?? null;
    if (this.first === null) this.#last = null;
    this.#count--;
    return taken;
  }
}
