import type { Side } from "../../../protocol/traffic.js";
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
  readonly #unanswered = new Requests();
  #wanted: "upgrade" | "tunnel" | null = null;
  #clientAt = 0;
  #serverAt: number | null = null;

  /**
   * @param client the side that asks
   * @param from where HTTP begins, in bytes from the first of each side
   */
  constructor(client: Side, from: Offsets) {
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
      this.#unanswered.add({ offset, hasBody: method !== "HEAD" });
      return "body";
    }, from.client);
    this.#responses = new HttpMessages((head) => this.#response(head), from.server);
  }

  #response({ offset, end, startLine, upgrades }: SeenHead): AfterHead {
    // Everything before the upgrade is answered: what stands here is its answer, or comes before that.
    if (this.#wanted === "upgrade" && this.#unanswered.first === null) {
      this.#serverAt = offset;
      return "end";
    }
    // 100 and the like come before the answer; 101 is the answer to an upgrade.
    if (/^HTTP\/\S+ 1(?!01)/.test(startLine)) return "no body";
    const asked = this.#unanswered.take();
    if (this.#wanted === "tunnel" && asked === null) {
      if (/^HTTP\/\S+ 2/.test(startLine)) {
        this.#serverAt = end;
        return "end";
      }
      // The proxy refuses, and may be asked again.
      this.#wanted = null;
      return "body";
    }
    // A server that agrees to what the request forgot to ask makes it an upgrade all the same.
    if (this.#wanted === null && upgrades && asked !== null && startLine.includes(" 101")) {
      this.#wanted = "upgrade";
      this.#clientAt = asked.offset;
      this.#serverAt = offset;
      return "end";
    }
    this.#answered++;
    return asked?.hasBody === false ? "no body" : "body";
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

  /**
   * Offset on a side up to which its bytes are no longer needed.
   *
   * @param short whether room is short: then requests are given up that no response has answered yet
   */
  doneOn(side: Side, short: boolean): number {
    if (side !== this.client) return this.#responses.offset;
    if (this.#wanted !== null) return this.#clientAt;
    return (short ? null : this.#unanswered.first?.offset) ?? this.#requests.offset;
  }

  /** What the connection turned into; `null` while that is open. */
  get turn(): Turn | null {
    if (this.#requests.broken || this.#unanswered.tooMany) return { kind: "none" };
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

/** So many requests may wait for their responses. No client asks for more ahead of them. */
const MOST_UNANSWERED = 1024;

interface Request {
  readonly offset: number;
  /** Whether the response to it may have a body. */
  readonly hasBody: boolean;
  next?: Request;
}

/** Requests in the order in which they are answered. */
class Requests {
  first: Request | null = null;
  #last: Request | null = null;
  #count = 0;

  /** Whether they are more than any client sends: what there is of the others is not kept. */
  get tooMany(): boolean {
    return this.#count > MOST_UNANSWERED;
  }

  add(request: Request): void {
    if (this.tooMany) return;
    if (this.#last === null) this.first = request;
    else this.#last.next = request;
    this.#last = request;
    this.#count++;
  }

  take(): Request | null {
    const taken = this.first;
    if (taken === null) return null;
    this.first = taken.next ?? null;
    if (this.first === null) this.#last = null;
    this.#count--;
    return taken;
  }
}
