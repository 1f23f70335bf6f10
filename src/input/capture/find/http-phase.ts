import { isInterim } from "../../../protocol/handshake/handshake.js";
import { findHeaders, type HttpHead, parseListElements } from "../../../protocol/handshake/http-head.js";
import type { Side } from "../../../protocol/traffic.js";
import { type AfterHead, type HttpFault, HttpMessages } from "./http-messages.js";

/** A position in the bytes of the client, and one in those of the server. */
export interface StreamOffsets {
  readonly client: number;
  readonly server: number;
}

/** The outcome of an HTTP connection. */
export type HttpOutcome =
  /** A request for WebSocket; it and its response start at these offsets. */
  | { readonly kind: "upgrade"; readonly at: StreamOffsets }
  /** A proxy opened a tunnel, whose bytes start at these offsets. */
  | { readonly kind: "tunnel"; readonly at: StreamOffsets }
  /** The bytes are not HTTP, or unreadable. */
  | { readonly kind: "none"; readonly fault: HttpFault };

/** Whether a head requests or accepts WebSocket. */
function upgradesToWebSocket(head: HttpHead): boolean {
  return parseListElements(findHeaders(head, "Upgrade")).some((name) => name.toLowerCase() === "websocket");
}

/** Follows the requests and responses of a connection in order, until one requests WebSocket. */
export class HttpPhase {
  readonly client: Side;
  readonly #requests: HttpMessages;
  readonly #responses: HttpMessages;
  /** The number of requests before the upgrade, and of final responses so far. */
  #requestCount = 0;
  #responseCount = 0;
  /** The unanswered requests, with their offsets. */
  readonly #unanswered = new RequestQueue();
  #requestedSwitch: "upgrade" | "tunnel" | null = null;
  #clientOffset = 0;
  #serverOffset: number | null = null;

  /**
   * @param client the side that sends requests
   * @param from the offsets where HTTP starts, in bytes from the start of each side
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
    // All earlier requests are answered, so this is the response to the upgrade, or an interim response to it.
    if (this.#requestedSwitch === "upgrade" && this.#unanswered.first === null) {
      this.#serverOffset = offset;
      return "end";
    }
    // Interim responses (100 and others) come before the final one; 101 answers an upgrade.
    if (isInterim(head)) return "no body";
    const asked = this.#unanswered.take();
    if (this.#requestedSwitch === "tunnel" && asked === null) {
      if (status !== null && status >= 200 && status < 300) {
        this.#serverOffset = offset + length;
        return "end";
      }
      // The proxy refused; another request may follow.
      this.#requestedSwitch = null;
      return "body";
    }
    // A server may accept an upgrade that the request lacks or that was only partly captured: that is still an upgrade.
    if (this.#requestedSwitch === null && status === 101 && upgradesToWebSocket(head)) {
      this.#requestedSwitch = "upgrade";
      this.#clientOffset = asked?.offset ?? this.#requests.offset;
      this.#serverOffset = offset;
      return "end";
    }
    this.#responseCount++;
    return asked?.hasBody === false ? "no body" : "body";
  }

  /** Skips missing bytes of a side. @returns whether HTTP remains readable after them */
  addGap(side: Side, length: number): boolean {
    return (side === this.client ? this.#requests : this.#responses).addGap(length);
  }

  /** Reads the next bytes of a side. */
  push(side: Side, bytes: Uint8Array): void {
    if (side === this.client) {
      if (this.#requestedSwitch !== "upgrade") this.#requests.push(bytes);
    } else if (this.#serverOffset === null && !this.#areAllAnswered) this.#responses.push(bytes);
  }

  /** The offset before which the bytes of a side are no longer needed: those of unanswered requests are kept. */
  answeredOffset(side: Side): number {
    const isUnanswered = side === this.client && this.#requestedSwitch === null;
    return (isUnanswered ? this.#unanswered.first?.offset : undefined) ?? this.processedOffset(side);
  }

  /** The offset before which the bytes of a side were read, also those of unanswered requests. */
  processedOffset(side: Side): number {
    if (side !== this.client) return this.#responses.offset;
    return this.#requestedSwitch === null ? this.#requests.offset : this.#clientOffset;
  }

  /** The outcome; `null` while it is unknown. */
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

  /** Whether an upgrade was requested, and all earlier requests have complete responses. */
  get #areAllAnswered(): boolean {
    return (
      this.#requestedSwitch === "upgrade" && this.#responseCount >= this.#requestCount && !this.#responses.isInBody
    );
  }
}

/** The maximum number of unanswered requests. No client sends more in advance. */
const MAX_UNANSWERED_REQUESTS = 1024;

interface PendingRequest {
  readonly offset: number;
  /** Whether its response may have a body. */
  readonly hasBody: boolean;
  next?: PendingRequest;
}

/** Unanswered requests in order. */
class RequestQueue {
  first: PendingRequest | null = null;
  #last: PendingRequest | null = null;
  #count = 0;

  /** Whether there are more requests than any client sends; further ones are dropped. */
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
