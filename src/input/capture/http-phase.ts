import type { Side } from "./capture.js";
import { type AfterHead, HttpMessages, type SeenHead } from "./http-messages.js";

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
  /** The requests that no response has answered, and where they begin. */
  readonly #unanswered: { readonly offset: number; readonly method: string }[] = [];
  #wanted: "upgrade" | "tunnel" | null = null;
  #clientAt = 0;
  #serverAt: number | null = null;

  /** @param client the side that asks */
  constructor(client: Side) {
    this.client = client;
    this.#requests = new HttpMessages(({ offset, end, startLine, upgrades }) => {
      const [method = ""] = startLine.split(" ", 1);
      const tunnel = method === "CONNECT";
      if (upgrades || tunnel) {
        this.#wanted = upgrades ? "upgrade" : "tunnel";
        this.#clientAt = upgrades ? offset : end;
        return upgrades ? "end" : "no body";
      }
      this.#asked++;
      this.#unanswered.push({ offset, method });
      return "body";
    });
    this.#responses = new HttpMessages((head) => this.#response(head));
  }

  #response({ offset, end, startLine, upgrades }: SeenHead): AfterHead {
    // Everything before the upgrade is answered: what stands here is its answer, or comes before that.
    if (this.#wanted === "upgrade" && this.#unanswered.length === 0) {
      this.#serverAt = offset;
      return "end";
    }
    // 100 and the like come before the answer; 101 is the answer to an upgrade.
    if (/^HTTP\/\S+ 1(?!01)/.test(startLine)) return "no body";
    const asked = this.#unanswered.shift();
    if (this.#wanted === "tunnel" && asked === undefined) {
      if (/^HTTP\/\S+ 2/.test(startLine)) {
        this.#serverAt = end;
        return "end";
      }
      // The proxy refuses, and may be asked again.
      this.#wanted = null;
      return "body";
    }
    // A server that agrees to what the request forgot to ask makes it an upgrade all the same.
    if (this.#wanted === null && upgrades && asked !== undefined && startLine.includes(" 101")) {
      this.#wanted = "upgrade";
      this.#clientAt = asked.offset;
      this.#serverAt = offset;
      return "end";
    }
    this.#answered++;
    return asked?.method === "HEAD" ? "no body" : "body";
  }

  /** Bytes of a side are missing; says whether that does no harm. */
  gap(side: Side, length: number): boolean {
    return (side === this.client ? this.#requests : this.#responses).gap(length);
  }

  /** The next bytes of a side. */
  push(side: Side, bytes: Uint8Array): void {
    if (side === this.client) {
      if (this.#wanted !== "upgrade") this.#requests.push(bytes);
    } else if (this.#serverAt === null && !this.#allAnswered) this.#responses.push(bytes);
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
    return this.#allAnswered
      ? { kind: "upgrade", at: { client: this.#clientAt, server: this.#responses.offset } }
      : null;
  }

  /** Whether an upgrade is asked for, and all that was asked before is answered to the end. */
  get #allAnswered(): boolean {
    return this.#wanted === "upgrade" && this.#answered >= this.#asked && !this.#responses.inBody;
  }
}
