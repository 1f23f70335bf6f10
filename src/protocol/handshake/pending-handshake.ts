import type { PacketTimestamp } from "../../bytes/packet-timestamp.js";
import type { Span } from "../../bytes/span.js";
import { type Frame, frameLength } from "../frame/frame.js";
import { buildHandshake, type HandshakeEvent } from "./handshake.js";
import type { HttpHead } from "./http-head.js";

/** The maximum number of interim responses to keep for one handshake: a server may send any number. */
const MAX_INTERIM_RESPONSES = 16;

/** An opening handshake in progress: its request has no response yet. */
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

  /** Adds an interim response. */
  addInterim(response: HttpHead): void {
    this.#interim ??= [];
    if (this.#interim.length < MAX_INTERIM_RESPONSES) this.#interim.push(response);
    else this.#moreInterim++;
  }

  /** Adds a client frame that came before the response. */
  addEarlyFrame(frame: Frame): void {
    const { offset } = this.#earlyFrames ?? frame;
    this.#earlyFrames = { offset, length: frame.offset + frameLength(frame) - offset };
  }

  complete(response: HttpHead, at: PacketTimestamp | null): HandshakeEvent {
    const event = this.#buildEvent(response, this.#earlyFrames, this.#isRequestReported, at);
    this.#reset();
    return event;
  }

  /** The request alone, if frames come before the response; `null` if there is none, or it was already reported. */
  reportRequest(at: PacketTimestamp | null): HandshakeEvent | null {
    if (this.#request === null || this.#isRequestReported) return null;
    this.#isRequestReported = true;
    return this.#buildEvent(null, null, false, at);
  }

  /** The request, if no response will come; `null` if there is none, or it was already reported. */
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
