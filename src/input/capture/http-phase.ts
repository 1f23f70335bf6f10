import type { Side } from "./capture.js";
import { HttpMessages } from "./http-messages.js";

/** Where in the bytes of the side that asks, and of the one that answers, something begins. */
export interface Offsets {
  readonly client: number;
  readonly server: number;
}

/** What an HTTP connection turned into. */
export type Turn =
  /** A request asks for WebSocket: it, and what answers it, stand at these offsets. */
  | { readonly kind: "upgrade"; readonly at: Offsets }
  /** A proxy opened a tunnel: what goes through it begins at these offsets. */
  | { readonly kind: "tunnel"; readonly at: Offsets }
  /** The bytes are no HTTP. */
  | { readonly kind: "none" };

/** Follows the requests and responses of a connection, one after the other, until one asks for WebSocket. */
export class HttpPhase {
  readonly client: Side;
  readonly #requests: HttpMessages;
  readonly #responses: HttpMessages;
  /** Requests before the one that matters, and responses so far that answer a request. */
  #asked = 0;
  #answered = 0;
  /** Where the requests begin that no response has answered. */
  readonly #unanswered: number[] = [];
  #wanted: "upgrade" | "tunnel" | null = null;
  #clientAt = 0;
  #serverAt: number | null = null;

  /** @param client the side that asks */
  constructor(client: Side) {
    this.client = client;
    this.#requests = new HttpMessages(({ offset, end, startLine, upgrades }) => {
      const tunnel = startLine.startsWith("CONNECT ");
      if (!upgrades && !tunnel) {
        this.#asked++;
        this.#unanswered.push(offset);
        return true;
      }
      this.#wanted = upgrades ? "upgrade" : "tunnel";
      this.#clientAt = upgrades ? offset : end;
      return false;
    });
    this.#responses = new HttpMessages(({ offset, end, startLine, upgrades }) => {
      const asked = this.#unanswered.shift();
      // A server that agrees to what the request forgot to ask makes it an upgrade all the same.
      if (this.#wanted === null && upgrades && asked !== undefined && startLine.includes(" 101")) {
        this.#wanted = "upgrade";
        this.#clientAt = asked;
        this.#serverAt = offset;
        return false;
      }
      if (this.#wanted === "tunnel" && this.#answered === this.#asked && /^HTTP\/\S+ 2/.test(startLine)) {
        this.#serverAt = end;
        return false;
      }
      // 100 and the like come before the answer; 101 is the answer to an upgrade.
      if (!/^HTTP\/\S+ 1(?!01)/.test(startLine)) this.#answered++;
      return true;
    });
  }

  /** The next bytes of a side. */
  push(side: Side, bytes: Uint8Array): void {
    if (side === this.client) {
      if (this.#wanted === null) this.#requests.push(bytes);
    } else if (this.#serverAt === null && !(this.#wanted === "upgrade" && this.#answered >= this.#asked))
      this.#responses.push(bytes);
  }

  /** Offset on a side up to which its bytes are no longer needed. */
  doneOn(side: Side): number {
    return side === this.client
      ? this.#wanted === null
        ? this.#requests.offset
        : this.#clientAt
      : this.#responses.offset;
  }

  /** What the connection turned into; `null` while that is open. */
  get turn(): Turn | null {
    if (this.#requests.broken) return { kind: "none" };
    if (this.#wanted === "tunnel") {
      return this.#serverAt === null
        ? null
        : { kind: "tunnel", at: { client: this.#clientAt, server: this.#serverAt } };
    }
    if (this.#wanted === "upgrade" && this.#serverAt !== null) {
      return { kind: "upgrade", at: { client: this.#clientAt, server: this.#serverAt } };
    }
    if (this.#wanted === null || this.#answered < this.#asked) return null;
    return { kind: "upgrade", at: { client: this.#clientAt, server: this.#responses.offset } };
  }
}
