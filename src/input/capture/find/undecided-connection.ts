import { decodeLatin1 } from "../../../bytes/latin1.js";
import type { PacketTimestamp } from "../../../bytes/packet-timestamp.js";
import { excerpt } from "../../../bytes/safe-text.js";
import { type ConnectionStart, otherSide, type Side } from "../../../protocol/traffic.js";
import { HELLO_LENGTH_KNOWN, helloLength, isTls, tlsHello } from "../tls/client-hello.js";
import { HeldBytes } from "./held-bytes.js";
import { HttpPhase } from "./http-phase.js";
import { LONGEST_LINE, proxyHeaderLength } from "./proxy-header.js";
import { ShapeEvidence, type Shapes } from "./shape-evidence.js";

/** How it is known that a connection is WebSocket. */
export type Evidence = "handshake" | "shape" | "forced";

/** What a connection turned out to be. */
export type Decision =
  | {
      readonly kind: "websocket";
      readonly client: Side;
      readonly evidence: Evidence;
      readonly inTheMiddle: boolean;
    }
  /** TLS, with what is known of it in brackets. */
  | { readonly kind: "tls"; readonly facts: string }
  | { readonly kind: "other" };

export interface UndecidedOptions {
  readonly port: number | null;
  readonly shapes: Shapes;
}

/** Bytes of a connection that are kept until it is known what it is. */
const MOST_HELD = 64 * 1024;
/** Bytes in which a connection that was seen to open must show what it is, and those in which one that was not. */
const SOON = 4096;
const LONGEST_WAIT = 16 * 1024 * 1024;
/** What has to speak for frames, in bits, in the first packet of a connection; and when no more will come. */
const ENOUGH = 20;
const LEAST = 12;
/** Tunnels that are one in the other, at most. */
const DEEPEST_TUNNEL = 8;

const OTHER: Decision = { kind: "other" };

/** A connection of which it is not known yet what it is: what it sent is held, and looked at. */
export class Undecided {
  readonly held: HeldBytes = new HeldBytes();
  readonly #start: ConnectionStart;
  readonly #options: UndecidedOptions;
  readonly #shape: ShapeEvidence;
  #phase: HttpPhase | null = null;
  #tunnels = 0;
  /** The side of whose HTTP bytes are missing. */
  #torn: Side | null = null;

  constructor(start: ConnectionStart, options: UndecidedOptions) {
    this.#start = start;
    this.#options = options;
    this.#shape = new ShapeEvidence(options.shapes, start.openerSeen);
  }

  /** The next bytes of a side; says what the connection is, once that is known. */
  data(side: Side, bytes: Uint8Array, at: PacketTimestamp): Decision | null {
    const { held } = this;
    held.add(side, bytes, at);
    this.#phase?.push(side, bytes);
    this.#shape.note(side, bytes);
    const decision = this.#decide(false);
    if (decision !== null || held.bytes <= MOST_HELD) return decision;
    // A capture that begins inside a long message shows whole frames only behind it.
    const seen = held.positionOf(0) + held.positionOf(1) + held.bytes;
    if (this.#start.openerSeen || this.#phase !== null || seen > LONGEST_WAIT) return OTHER;
    held.dropAll();
    return null;
  }

  /** Bytes of a side are missing. */
  gap(side: Side, length: number, at: PacketTimestamp): void {
    this.held.gap(side, length, at);
    if (this.#phase === null || this.#phase.gap(side, length)) return;
    // What comes behind the gap is judged by its shape.
    this.#phase = null;
    this.#torn = side;
    this.held.dropToLastGap(side);
  }

  /** No more will come; says what the connection is, as far as that can be known. */
  end(): Decision | null {
    return this.held.isEmpty ? null : this.#decide(true);
  }

  /** Finds out, from what is there, what the connection is; `over` when there will be no more. */
  #decide(over: boolean): Decision | null {
    if (this.#phase !== null) return this.#followHttp(this.#phase);
    const first = this.held.firstSide;
    if (first === null) return null;
    const start = this.held.start(first, STARTING);
    const header = this.held.positionOf(first) > 0 || this.#torn !== null ? 0 : proxyHeaderLength(start);
    if (header === null || header > this.held.bytesOf(first)) {
      if (!over) return null;
    } else if (header > 0) {
      this.held.dropTo(first, header);
      return this.#decide(over);
    }
    // A method, a version or a TLS record is told by a few bytes, which may come one by one.
    if (start.length < TELLING && !over && couldTell(start)) return null;
    if (looksLikeRequest(start) && this.#torn === null) return this.#beginHttp(first);
    if (this.#isForced()) return webSocket(this.#clientByPort(), "forced", !this.#start.openerSeen);
    if (isTls(start)) return this.#tls(first, start, over);
    if (looksLikeResponse(start)) return webSocket(otherSide(first), "handshake", false);
    if (this.#isAgreedBy(otherSide(first))) return webSocket(first, "handshake", false);
    return this.#judgeShape(over);
  }

  #tls(first: Side, start: Uint8Array, over: boolean): Decision | null {
    const length = start.length < HELLO_LENGTH_KNOWN ? HELLO_LENGTH_KNOWN : helloLength(start);
    // All of it is put together once only, however many pieces it comes in.
    if (this.held.bytesOf(first) < length && !over) return null;
    const { serverName, version } = tlsHello(this.held.start(first, length));
    const facts = [
      ...(version === null ? [] : [`up to ${version}`]),
      ...(serverName === null ? [] : [`for ${excerpt(serverName)}`]),
    ];
    return { kind: "tls", facts: facts.length === 0 ? "" : ` (${facts.join(", ")})` };
  }

  /** Whether a side agrees to a request of which bytes are missing, behind which frames may stand that come before this. */
  #isAgreedBy(side: Side): boolean {
    return this.#torn !== side && looksLikeAgreement(this.held.start(side, TELLING));
  }

  #isForced(): boolean {
    const { port } = this.#options;
    return port !== null && (this.#start.endpoints?.some((endpoint) => endpoint.endsWith(`:${port}`)) ?? false);
  }

  /** The side that does not have the port that was named: the port is the server's. */
  #clientByPort(): Side {
    const [first, second] = this.#start.endpoints ?? ["", ""];
    const end = `:${this.#options.port}`;
    if (first.endsWith(end) === second.endsWith(end)) return this.#shape.client(LEAST) ?? 0;
    return first.endsWith(end) ? 1 : 0;
  }

  /** A connection without a handshake: it is whole frames soon, or it is another. */
  #judgeShape(over: boolean): Decision | null {
    const { held } = this;
    const { openerSeen } = this.#start;
    const late = openerSeen && held.bytes > SOON;
    // Of a connection that was seen to open, the response may still come.
    const oneSided = held.bytesOf(0) === 0 || held.bytesOf(1) === 0;
    const awaited = openerSeen && oneSided && !late && !over;
    const client = awaited ? null : this.#shape.client(over ? LEAST : ENOUGH);
    if (client !== null) return webSocket(client, "shape", true);
    return over || late ? OTHER : null;
  }

  #beginHttp(client: Side): Decision | null {
    const { held } = this;
    const phase = new HttpPhase(client, {
      client: held.positionOf(client),
      server: held.positionOf(otherSide(client)),
    });
    this.#phase = phase;
    held.passTo({ data: (side, bytes) => phase.push(side, bytes), gap: () => {} });
    return this.#followHttp(phase);
  }

  /** Follows HTTP until it turns into WebSocket, or into a tunnel, through which anything may go. */
  #followHttp(phase: HttpPhase): Decision | null {
    const { held } = this;
    const { turn, client } = phase;
    if (turn === null) {
      // Bytes of messages that are over are needed no more.
      const short = held.bytes > MOST_HELD / 2;
      for (const side of [0, 1] as const) held.dropTo(side, phase.doneOn(side, short));
      return null;
    }
    if (turn.kind === "none") return OTHER;
    held.dropTo(client, turn.at.client);
    held.dropTo(otherSide(client), turn.at.server);
    this.#phase = null;
    if (turn.kind === "upgrade") return webSocket(client, "handshake", false);
    return ++this.#tunnels > DEEPEST_TUNNEL ? OTHER : this.#decide(false);
  }
}

function webSocket(client: Side, evidence: Evidence, inTheMiddle: boolean): Decision {
  return { kind: "websocket", client, evidence, inTheMiddle };
}

/** Bytes that tell what a connection is, at most; and those at the start of a side in which that is looked for. */
const TELLING = 12;
const STARTING = LONGEST_LINE;

/** Whether the few bytes that are there may become a request, a response or a TLS record. */
function couldTell(bytes: Uint8Array): boolean {
  return bytes[0] === 0x16 || /^(?:[A-Z]{1,10}(?: .*)?|HTTP\/.*)$/.test(decodeLatin1(bytes));
}

function looksLikeRequest(bytes: Uint8Array): boolean {
  return /^[A-Z]{3,10} \S/.test(decodeLatin1(bytes, 0, 32));
}

function looksLikeResponse(bytes: Uint8Array): boolean {
  return /^HTTP\/\d/.test(decodeLatin1(bytes, 0, 16));
}

function looksLikeAgreement(bytes: Uint8Array): boolean {
  return /^HTTP\/\S{1,8} 101/.test(decodeLatin1(bytes, 0, 16));
}
