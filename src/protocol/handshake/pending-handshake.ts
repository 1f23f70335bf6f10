import type { Moment } from "../../bytes/packet-timestamp.js";
import type { Span } from "../../bytes/span.js";
import { type Frame, frameLength } from "../frame/frame.js";
import { type HandshakeEvent, handshakeOf } from "./handshake.js";
import type { HttpHead } from "./http-head.js";

/** Interim responses of one handshake that are kept: a server may send any number. */
const MOST_INTERIM = 16;

/** The opening handshake of a connection while it is under way: the request that no response has answered yet. */
export class PendingHandshake {
  readonly #stream: number;
  #request: HttpHead | null = null;
  #askedAt: Moment | null = null;
  /** The client's frames since the request. */
  #early: Span | null = null;
  #interim: HttpHead[] | null = null;
  #moreInterim = 0;
  /** Whether the request was handed over before its response. */
  #known = false;

  constructor(stream: number) {
    this.#stream = stream;
  }

  /** Whether a request waits for its response. */
  get waits(): boolean {
    return this.#request !== null;
  }

  asked(request: HttpHead, at: Moment | null): void {
    this.#request = request;
    this.#askedAt = at;
  }

  /** A response that only comes before the one that answers. */
  interim(response: HttpHead): void {
    this.#interim ??= [];
    if (this.#interim.length < MOST_INTERIM) this.#interim.push(response);
    else this.#moreInterim++;
  }

  /** A frame of the client came before the response. */
  early(frame: Frame): void {
    const { offset } = this.#early ?? frame;
    this.#early = { offset, length: frame.offset + frameLength(frame) - offset };
  }

  answered(response: HttpHead, at: Moment | null): HandshakeEvent {
    const event = this.#event(response, this.#early, this.#known, at);
    this.#forget();
    return event;
  }

  /** The request by itself, when frames come before the response; `null` when none waits, or it was handed over before. */
  alone(at: Moment | null): HandshakeEvent | null {
    if (this.#request === null || this.#known) return null;
    this.#known = true;
    return this.#event(null, null, false, at);
  }

  /** The request that gets no response any more; `null` when none waits, or it was handed over before. */
  givenUp(at: Moment | null): HandshakeEvent | null {
    if (this.#request === null) return null;
    const event = this.#known ? null : this.#event(null, null, false, at);
    this.#forget();
    return event;
  }

  #forget(): void {
    this.#request = null;
    this.#known = false;
    this.#early = null;
    this.#interim = null;
    this.#moreInterim = 0;
  }

  #event(response: HttpHead | null, early: Span | null, requestKnown: boolean, at: Moment | null): HandshakeEvent {
    const agreed = handshakeOf(this.#stream, this.#request, response, early);
    const askedAt = this.#request === null ? null : this.#askedAt;
    return { ...agreed, interim: this.#interim ?? [], moreInterim: this.#moreInterim, requestKnown, askedAt, at };
  }
}
