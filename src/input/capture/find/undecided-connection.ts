import { hasControlCharacters } from "../../../bytes/control-characters.js";
import { decodeLatin1 } from "../../../bytes/latin1.js";
import type { PacketTimestamp } from "../../../bytes/packet-timestamp.js";
import { excerpt } from "../../../bytes/safe-text.js";
import { MAX_HEAD_BYTES } from "../../../protocol/handshake/http-syntax.js";
import { type ConnectionStart, otherSide, type Side } from "../../../protocol/traffic.js";
import { isTls, parseHelloLength, parseTlsHello, RECORD_HEADER_BYTES } from "../tls/client-hello.js";
import { HeldBytes } from "./held-bytes.js";
import { HttpPhase } from "./http-phase.js";
import { MAX_PROXY_LINE_BYTES, parseProxyHeaderLength } from "./proxy-header.js";
import { type FrameRecognizer, ShapeEvidence } from "./shape-evidence.js";

/** The evidence that a connection is WebSocket. */
export type Evidence = "handshake" | "shape" | "forced";

/** The detected protocol of a connection. */
export type Decision =
  | {
      readonly kind: "websocket";
      readonly client: Side;
      readonly evidence: Evidence;
      readonly inTheMiddle: boolean;
      /** The number of dropped client bytes from the end of a request whose start is not in the capture. */
      readonly requestRestBytes: number;
    }
  /** TLS, with known details in brackets. */
  | { readonly kind: "tls"; readonly facts: string }
  /** Another connection, or an unreadable one whose HTTP head is longer than {@link MAX_HEAD_BYTES}. */
  | { readonly kind: "other"; readonly isHeadTooLong: boolean };

export interface UndecidedConnectionOptions {
  readonly port: number | null;
  readonly recognizer: FrameRecognizer;
}

/** The maximum number of bytes to hold until the protocol is known. */
const MAX_HELD_BYTES = 64 * 1024;
/** The same limit during HTTP: one head per side. */
const MAX_HELD_BYTES_IN_HTTP = 2 * MAX_HEAD_BYTES;
/** Bytes within which the protocol must be recognised: if the capture has the connection's opening, and if it starts later. */
const MAX_OPENING_BYTES = 4096;
const MAX_UNDECIDED_BYTES = 16 * 1024 * 1024;
/** The evidence for frames that is needed, in bits: in the first packet of a connection, and at its end. */
const MIN_EVIDENCE_BITS = 20;
const MIN_FINAL_EVIDENCE_BITS = 12;
/** The maximum nesting depth of tunnels. */
const MAX_TUNNEL_DEPTH = 8;

const OTHER_DECISION: Decision = { kind: "other", isHeadTooLong: false };

/** A connection whose protocol is still unknown: its bytes are held and examined. */
export class UndecidedConnection {
  readonly held: HeldBytes = new HeldBytes();
  readonly #start: ConnectionStart;
  readonly #options: UndecidedConnectionOptions;
  readonly #shapeEvidence: ShapeEvidence;
  #httpPhase: HttpPhase | null = null;
  #tunnelDepth = 0;
  /** The side with missing HTTP bytes. */
  #sideWithGap: Side | null = null;

  constructor(start: ConnectionStart, options: UndecidedConnectionOptions) {
    this.#start = start;
    this.#options = options;
    this.#shapeEvidence = new ShapeEvidence(options.recognizer, start.isOpenerKnown);
  }

  /** Adds the next bytes of a side. @returns the decision, once there is one */
  addData(side: Side, bytes: Uint8Array, at: PacketTimestamp): Decision | null {
    const { held } = this;
    held.add(side, bytes, at);
    this.#httpPhase?.push(side, bytes);
    this.#shapeEvidence.addPacket(side, bytes);
    const decision = this.#decide(false);
    const most = this.#httpPhase === null ? MAX_HELD_BYTES : MAX_HELD_BYTES_IN_HTTP;
    if (decision !== null || held.bytes <= most) return decision;
    if (this.#httpPhase !== null) return this.#giveUpHttp(this.#httpPhase, OTHER_DECISION);
    // If a capture begins inside a long message, the first whole frames come only after it.
    const seen = held.sidePosition(0) + held.sidePosition(1) + held.bytes;
    if (this.#start.isOpenerKnown || seen > MAX_UNDECIDED_BYTES) return OTHER_DECISION;
    held.dropAll();
    return null;
  }

  /** Marks missing bytes of a side. */
  addGap(side: Side, length: number, at: PacketTimestamp): void {
    const inFirstRequest = this.#httpPhase === null && this.#sideWithGap === null && this.#startsRequest(side);
    this.held.gap(side, length, at);
    if (!inFirstRequest && (this.#httpPhase === null || this.#httpPhase.addGap(side, length))) return;
    // The bytes after the gap are judged by their shape.
    this.#httpPhase = null;
    this.#sideWithGap = side;
    this.held.dropBeforeLastGap(side);
  }

  /** Whether this side sent the first bytes and they start a request, even if there are too few yet to read them as HTTP. */
  #startsRequest(side: Side): boolean {
    return (
      this.held.firstSide === side && /^[A-Z]{3,10} /.test(decodeLatin1(this.held.peekStart(side, MAX_SIGNATURE_BYTES)))
    );
  }

  /** Ends the connection. @returns the decision, as far as the bytes allow one */
  end(): Decision | null {
    return this.held.isEmpty ? null : this.#decide(true);
  }

  /** Decides from the held bytes; `over` means that no more bytes follow. */
  #decide(over: boolean): Decision | null {
    if (this.#httpPhase !== null) return this.#followHttp(this.#httpPhase);
    const first = this.held.firstSide;
    if (first === null) return null;
    const start = this.held.peekStart(first, MAX_EXAMINED_BYTES);
    const header = this.held.sidePosition(first) > 0 || this.#sideWithGap !== null ? 0 : parseProxyHeaderLength(start);
    if (header === null || header > this.held.sideBytes(first)) {
      if (!over) return null;
    } else if (header > 0) {
      this.held.dropBefore(first, header);
      return this.#decide(over);
    }
    // A few bytes identify a method, a version or a TLS record, and they may arrive one by one.
    if (start.length < MAX_SIGNATURE_BYTES && !over && isSignaturePrefix(start)) return null;
    if (this.#sideWithGap === null) {
      const isRequest = this.#startsWithRequestLine(first, start);
      if (isRequest === null && !over) return null;
      if (isRequest !== false) return this.#beginHttp(first);
    }
    if (this.#isForced()) return buildWebSocketDecision(this.#findClientByPort(), "forced", !this.#start.isOpenerKnown);
    if (isTls(start)) return this.#decideTls(first, start, over);
    if (looksLikeResponse(start)) return buildWebSocketDecision(otherSide(first), "handshake", false);
    if (this.#isUpgradeAcceptedBy(otherSide(first))) return this.#acceptCutRequest(first);
    return this.#judgeShape(over);
  }

  #decideTls(first: Side, start: Uint8Array, over: boolean): Decision | null {
    const length = start.length < RECORD_HEADER_BYTES ? RECORD_HEADER_BYTES : parseHelloLength(start);
    // The pieces are joined only once, when the whole hello is there.
    if (this.held.sideBytes(first) < length && !over) return null;
    const { serverName, version } = parseTlsHello(this.held.peekStart(first, length));
    const facts = [
      ...(version === null ? [] : [`up to ${version}`]),
      ...(serverName === null ? [] : [`for ${excerpt(serverName)}`]),
    ];
    return { kind: "tls", facts: facts.length === 0 ? "" : ` (${facts.join(", ")})` };
  }

  /** Whether a side accepts a request that is partly missing. Frames held so far may come after that request. */
  #isUpgradeAcceptedBy(side: Side): boolean {
    return this.#sideWithGap !== side && looksLikeUpgradeResponse(this.held.peekStart(side, MAX_SIGNATURE_BYTES));
  }

  /** Decides for WebSocket after a 101. If the capture starts inside the request, drops the rest of the request. */
  #acceptCutRequest(client: Side): Decision {
    const decision = buildWebSocketDecision(client, "handshake", false);
    if (this.#start.isOpenerKnown || this.#sideWithGap !== null) return decision;
    const { held } = this;
    const requestRestBytes = findHeadRestLength(held.peekStart(client, held.sideBytes(client)));
    held.dropBefore(client, held.sidePosition(client) + requestRestBytes);
    return { ...decision, requestRestBytes };
  }

  /** Whether a side starts with a request line; `null` if more bytes are needed to know. */
  #startsWithRequestLine(side: Side, start: Uint8Array): boolean | null {
    if (!looksLikeRequest(start)) return false;
    if (this.#start.isOpenerKnown) return true;
    // The first bytes of a capture may also be from the middle of a head, such as a cookie with capital letters.
    const line = decodeLatin1(this.held.peekStart(side, MAX_REQUEST_LINE_BYTES));
    const length = line.indexOf("\n");
    if (length >= 0) return /HTTP\/\d\.\d\r?$/.test(line.slice(Math.max(0, length - 12), length));
    return line.length < MAX_REQUEST_LINE_BYTES ? null : true;
  }

  #isForced(): boolean {
    const { port } = this.#options;
    return port !== null && (this.#start.endpoints?.some((endpoint) => endpoint.endsWith(`:${port}`)) ?? false);
  }

  /** The side without the given port, because the port belongs to the server. */
  #findClientByPort(): Side {
    const [first, second] = this.#start.endpoints ?? ["", ""];
    const end = `:${this.#options.port}`;
    if (first.endsWith(end) === second.endsWith(end))
      return this.#shapeEvidence.findClient(MIN_FINAL_EVIDENCE_BITS) ?? 0;
    return first.endsWith(end) ? 1 : 0;
  }

  /** Judges a connection without a handshake: it must soon consist of whole frames, or it is another protocol. */
  #judgeShape(over: boolean): Decision | null {
    const { held } = this;
    const { isOpenerKnown } = this.#start;
    const late = isOpenerKnown && held.bytes > MAX_OPENING_BYTES;
    // If the capture has the connection's opening, a response may still follow.
    const oneSided = held.sideBytes(0) === 0 || held.sideBytes(1) === 0;
    const awaited = isOpenerKnown && oneSided && !late && !over;
    const client = awaited ? null : this.#shapeEvidence.findClient(over ? MIN_FINAL_EVIDENCE_BITS : MIN_EVIDENCE_BITS);
    if (client !== null) return buildWebSocketDecision(client, "shape", true);
    return over || late ? OTHER_DECISION : null;
  }

  #beginHttp(client: Side): Decision | null {
    const { held } = this;
    const phase = new HttpPhase(client, {
      client: held.sidePosition(client),
      server: held.sidePosition(otherSide(client)),
    });
    this.#httpPhase = phase;
    held.replayTo({ data: (side, bytes) => phase.push(side, bytes), gap: () => {} });
    return this.#followHttp(phase);
  }

  /** Follows HTTP until it switches to WebSocket, or to a tunnel, which may carry any protocol. */
  #followHttp(phase: HttpPhase): Decision | null {
    const { held } = this;
    const { outcome, client } = phase;
    if (outcome === null) {
      // Finished messages are no longer needed.
      const isMemoryShort = held.bytes > MAX_HELD_BYTES_IN_HTTP / 2;
      for (const side of [0, 1] as const)
        held.dropBefore(side, isMemoryShort ? phase.processedOffset(side) : phase.answeredOffset(side));
      return null;
    }
    if (outcome.kind === "none")
      return this.#giveUpHttp(phase, { kind: "other", isHeadTooLong: outcome.fault === "head-too-long" });
    held.dropBefore(client, outcome.at.client);
    held.dropBefore(otherSide(client), outcome.at.server);
    this.#httpPhase = null;
    if (outcome.kind === "upgrade") return buildWebSocketDecision(client, "handshake", false);
    return ++this.#tunnelDepth > MAX_TUNNEL_DEPTH ? OTHER_DECISION : this.#decide(false);
  }

  /** Ends HTTP: the connection is another protocol, unless its port is the given WebSocket port. */
  #giveUpHttp({ client }: HttpPhase, other: Decision): Decision {
    return this.#isForced() ? buildWebSocketDecision(client, "forced", false) : other;
  }
}

function buildWebSocketDecision(
  client: Side,
  evidence: Evidence,
  inTheMiddle: boolean,
): Extract<Decision, { kind: "websocket" }> {
  return { kind: "websocket", client, evidence, inTheMiddle, requestRestBytes: 0 };
}

/** The most bytes needed to identify a protocol, and the number of bytes at the start of a side to search. */
const MAX_SIGNATURE_BYTES = 12;
const MAX_EXAMINED_BYTES = MAX_PROXY_LINE_BYTES;
/** The maximum number of bytes in which the end of a request line is searched for. */
const MAX_REQUEST_LINE_BYTES = 8 * 1024;

/** Whether these few bytes may be the start of a request, a response or a TLS record. */
function isSignaturePrefix(bytes: Uint8Array): boolean {
  return bytes[0] === 0x16 || /^(?:[A-Z]{1,10}(?: .*)?|HTTP\/.*)$/.test(decodeLatin1(bytes));
}

/** The length of the rest of an HTTP head at the start of bytes, up to its empty line; 0 if there is none. */
function findHeadRestLength(bytes: Uint8Array): number {
  const text = decodeLatin1(bytes);
  const end = /\n\r?\n/.exec(text);
  const length = end === null ? 0 : end.index + end[0].length;
  // Most masked frames contain control characters, and no head does.
  if (length > 0 && !hasControlCharacters(bytes.subarray(0, length))) return length;
  // Only the empty line itself may be left.
  return /^\r?\n/.exec(text)?.[0].length ?? 0;
}

function looksLikeRequest(bytes: Uint8Array): boolean {
  return /^[A-Z]{3,10} \S/.test(decodeLatin1(bytes, 0, 32));
}

function looksLikeResponse(bytes: Uint8Array): boolean {
  // A line that ends after the version is the end of a request line.
  return /^HTTP\/\d(?!\.\d[\r\n])/.test(decodeLatin1(bytes, 0, 16));
}

function looksLikeUpgradeResponse(bytes: Uint8Array): boolean {
  return /^HTTP\/\S{1,8} 101/.test(decodeLatin1(bytes, 0, 16));
}
