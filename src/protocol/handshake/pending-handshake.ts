import type { PacketTimestamp } from "../../bytes/packet-timestamp.js";
import type { Span } from "../../bytes/span.js";
import { type Frame, frameLength } from "../frame/frame.js";
import { buildHandshake, type HandshakeEvent } from "./handshake.js";
import type { HttpHead } from "./http-head.js";

/** Interim responses of one handshake that are kept: a server may send any number. */
const MAX_INTERIM_RESPONSES = 16;

/** The opening handshake of a connection while it is under way: the request that no response has answered yet. */
export class PendingHandshake {
  readonly #stream: number;
  #request: HttpHead | null = null;
  #requestedAt: PacketTimestamp | null = null;
  /** The client's frames since the request. */
  #earlyFrames: Span | null = null;
  #interim: HttpHead[] | null = null;
  #moreInterim = 0;
  /** Whether the request was reported before its response. */
  #isRequestReported = false;

  constructor(stream: number) {
    this.#stream = stream;
  }

  /** Whether a request waits for its response. */
  get isWaiting(): boolean {
    return this.#request !== null;
  }

  addRequest(request: HttpHead, at: PacketTimestamp | null): void {
    this.#request = request;
    this.#requestedAt = at;
  }

  /** A response that only comes before the one that answers. */
  addInterim(response: HttpHead): void {
    this.#interim ??= [];
    if (this.#interim.length < MAX_INTERIM_RESPONSES) this.#interim.push(response);
    else this.#moreInterim++;
  }

  /** A frame of the client came before the response. */
  addEarlyFrame(frame: Frame): void {
    const { offset } = this.#earlyFrames ?? frame;
    this.#earlyFrames = { offset, length: frame.offset + frameLength(frame) - offset };
  }

  complete(response: HttpHead, at: PacketTimestamp | null): HandshakeEvent {
    const event = this.#buildEvent(response, this.#earlyFrames, this.#isRequestReported, at);
    this.#reset();
    return event;
  }

  /** The request alone, when frames come before the response; `null` when none waits, or it was reported before. */
  reportRequest(at: PacketTimestamp | null): HandshakeEvent | null {
    if (this.#request === null || this.#isRequestReported) return null;
    this.#isRequestReported = true;
    return this.#buildEvent(null, null, false, at);
  }

  /** The request, when no response will come; `null` when none waits, or it was reported before. */
  abandon(at: PacketTimestamp | null): HandshakeEvent | null {
    if (this.#request === null) return null;
    const event = this.#isRequestReported ? null : this.#buildEvent(null, null, false, at);
    this.#reset();
    return event;
  }

  #reset(): void {
    this.#request = null;
    this.#isRequestReported = false;
    this.#earlyFrames = null;
    this.#interim = null;
    this.#moreInterim = 0;
  }

  #buildEvent(
    response: HttpHead | null,
    early: Span | null,
    requestKnown: boolean,
    at: PacketTimestamp | null,
  ): HandshakeEvent {
    const agreed = buildHandshake(this.#stream, this.#request, response, early);
    const askedAt = this.#request === null ? null : this.#requestedAt;
    return {
      ...agreed,
      interim: this.#interim ?? [],
      moreInterim: this.#moreInterim,
      isRequestReported: requestKnown,
      requestedAt: askedAt,
      at,
    };
  }
}
