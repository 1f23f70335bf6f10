import { copyOf } from "../../bytes/copy.js";
import { latin1Text } from "../../bytes/latin1.js";
import { counted } from "../../bytes/size.js";
import type {
  CapturedMessage,
  CaptureSink,
  ConnectionStart,
  ConnectionTap,
  Moment,
  Side,
  TransportEnd,
} from "./capture.js";
import { HttpPhase } from "./http-phase.js";
import { LONGEST_LINE, proxyHeaderLength } from "./proxy-header.js";
import { ShapeEvidence, type Shapes } from "./shape-evidence.js";
import { otherSide } from "./sides.js";
import { helloLength, isTls, tlsHello } from "./tls.js";

/** How it is known that a connection is WebSocket. */
export type Evidence = "handshake" | "shape" | "forced";

/** A WebSocket connection of a capture. */
export interface FoundConnection {
  readonly start: ConnectionStart;
  /** Which side is the client. */
  readonly client: Side;
  readonly evidence: Evidence;
  /** Bytes of each side that came before, and are no part of it: requests before the upgrade. */
  readonly skipped: readonly [number, number];
  /** Whether a side's first bytes may be from the middle of a frame. */
  readonly inTheMiddle: boolean;
}

/** Takes the WebSocket connections of a capture. */
export interface FinderSink {
  found(connection: FoundConnection): ConnectionTap;
  /** So many connections were others, with so many bytes together. */
  others(connections: number, bytes: number): void;
  say(line: string): void;
}

export interface FinderOptions {
  /** The port whose connections are WebSocket whatever they look like; `null` for none. */
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

interface Held {
  readonly side: Side;
  readonly bytes: Uint8Array;
  /** Bytes that are missing here. */
  readonly gap: number;
  readonly at: Moment;
}

/** Finds the WebSocket connections among all connections of a capture, and counts the others. */
export class WebSocketFinder implements CaptureSink {
  readonly #sink: FinderSink;
  readonly #options: FinderOptions;
  #others = 0;
  #otherBytes = 0;

  constructor(sink: FinderSink, options: FinderOptions) {
    this.#sink = sink;
    this.#options = options;
  }

  connection(start: ConnectionStart): ConnectionTap {
    return new Candidate(start, this.#options, {
      found: (connection) => this.#sink.found(connection),
      say: (line) => this.#sink.say(line),
      other: (bytes) => {
        this.#others++;
        this.#otherBytes += bytes;
      },
    });
  }

  say(line: string): void {
    this.#sink.say(line);
  }

  /** The capture is over. */
  end(): void {
    if (this.#others > 0) this.#sink.others(this.#others, this.#otherBytes);
  }
}

interface CandidateHost extends Omit<FinderSink, "others"> {
  /** A connection turned out to be another, with so many bytes. */
  other(bytes: number): void;
}

const NOTHING = new Uint8Array(0);

/** A connection of which it is not known yet, or no longer asked, what it is. */
class Candidate implements ConnectionTap {
  readonly #start: ConnectionStart;
  readonly #options: FinderOptions;
  readonly #host: CandidateHost;
  #held: Held[] = [];
  #heldBytes = 0;
  /** The first bytes of each side that are held, as many as tell what they are. */
  #starts: [Uint8Array, Uint8Array] = [NOTHING, NOTHING];
  readonly #shape: ShapeEvidence;
  #tap: ConnectionTap | null = null;
  #ignored = false;
  #bytes: [number, number] = [0, 0];
  #tls: string | null = null;
  #phase: HttpPhase | null = null;
  /** The side of whose HTTP bytes are missing. */
  #torn: Side | null = null;
  /** Bytes of each side before the HTTP that is followed, and before what is held. */
  #origin: [number, number] = [0, 0];
  #skipped: [number, number] = [0, 0];

  constructor(start: ConnectionStart, options: FinderOptions, host: CandidateHost) {
    this.#start = start;
    this.#options = options;
    this.#host = host;
    this.#shape = new ShapeEvidence(options.shapes, start.openerSeen);
  }

  data(side: Side, bytes: Uint8Array, at: Moment): void {
    this.#bytes[side] += bytes.length;
    if (this.#tap !== null) this.#tap.data(side, bytes, at);
    else if (!this.#ignored) this.#consider({ side, bytes: copyOf(bytes), gap: 0, at });
  }

  gap(side: Side, length: number, at: Moment): void {
    if (this.#tap !== null) this.#tap.gap(side, length, at);
    else if (!this.#ignored) {
      this.#held.push({ side, bytes: new Uint8Array(0), gap: length, at });
      if (this.#phase !== null && !this.#phase.gap(side, length)) this.#leaveHttp(side);
    }
  }

  message(message: CapturedMessage): void {
    this.#tap ??= this.#found(0, "handshake", false);
    this.#tap.message(message);
  }

  end(transport?: TransportEnd): void {
    if (this.#tap === null && !this.#ignored && this.#held.length > 0) this.#decide(true);
    if (this.#tap !== null) this.#tap.end(transport);
    else if (this.#tls !== null) this.#host.say(this.#tlsLine(this.#tls));
    else if (this.#bytes[0] + this.#bytes[1] > 0) this.#host.other(this.#bytes[0] + this.#bytes[1]);
  }

  #tlsLine(facts: string): string {
    const [client, server] = this.#bytes;
    const ends = this.#start.endpoints === null ? "a connection" : this.#start.endpoints.join(" → ");
    return `${ends} is TLS${facts}: ${counted(client, "byte")} and ${counted(server, "byte")} back cannot be read without its keys`;
  }

  #consider(held: Held): void {
    this.#held.push(held);
    this.#heldBytes += held.bytes.length;
    this.#noteStart(held);
    this.#phase?.push(held.side, held.bytes);
    this.#shape.note(held.side, held.bytes);
    this.#decide(false);
    if (this.#tap !== null || this.#ignored || this.#heldBytes <= MOST_HELD) return;
    // A capture that begins inside a long message shows whole frames only behind it.
    if (this.#start.openerSeen || this.#phase !== null || this.#bytes[0] + this.#bytes[1] > LONGEST_WAIT)
      this.#ignore();
    else this.#forget();
  }

  /** What is held is given up, and what comes next is looked at. */
  #forget(): void {
    for (const { side, bytes, gap } of this.#held.splice(0)) this.#skipped[side] += bytes.length + gap;
    this.#hold([]);
  }

  /** From now on these are held. */
  #hold(kept: Held[]): void {
    this.#held = kept;
    this.#heldBytes = kept.reduce((sum, { bytes }) => sum + bytes.length, 0);
    this.#starts = [NOTHING, NOTHING];
    for (const held of kept) this.#noteStart(held);
  }

  #noteStart({ side, bytes }: Held): void {
    const start = this.#starts[side];
    const wanted = isTls(start) ? helloLength(start) : STARTING;
    if (start.length < wanted) this.#starts[side] = start.length === 0 ? bytes : Buffer.concat([start, bytes]);
  }

  /** Finds out, from what is there, what the connection is; `over` when there will be no more. */
  #decide(over: boolean): void {
    if (this.#phase !== null) {
      this.#followHttp(this.#phase);
      return;
    }
    const first = this.#firstSide();
    if (first === null) return;
    const start = this.#starts[first];
    const header = this.#skipped[first] > 0 || this.#torn !== null ? 0 : proxyHeaderLength(start);
    if (header === null || header > this.#bytes[first]) {
      if (!over) return;
    } else if (header > 0) {
      this.#dropUpTo(first === 0 ? [header, 0] : [0, header]);
      this.#decide(over);
      return;
    }
    // A method, a version or a TLS record is told by a few bytes, which may come one by one.
    if (start.length < TELLING && !over && couldTell(start)) return;
    if (looksLikeRequest(start) && this.#torn === null) this.#beginHttp(first);
    else if (this.#isForced()) this.#pass(this.#found(this.#clientByPort(), "forced", !this.#start.openerSeen));
    else if (isTls(start)) {
      if (start.length < helloLength(start) && !over) return;
      const { serverName, version } = tlsHello(start);
      const facts = [
        ...(version === null ? [] : [`up to ${version}`]),
        ...(serverName === null ? [] : [`for ${serverName}`]),
      ];
      this.#tls = facts.length === 0 ? "" : ` (${facts.join(", ")})`;
      this.#ignore();
    } else if (looksLikeResponse(start)) this.#pass(this.#found(otherSide(first), "handshake", false));
    else if (this.#isAgreedBy(otherSide(first))) this.#pass(this.#found(first, "handshake", false));
    else this.#judgeShape(over);
  }

  /** Whether a side agrees to a request of which bytes are missing, behind which frames may stand that come before this. */
  #isAgreedBy(side: Side): boolean {
    return this.#torn !== side && looksLikeAgreement(this.#starts[side]);
  }

  #isForced(): boolean {
    const { port } = this.#options;
    return port !== null && (this.#start.endpoints?.some((endpoint) => endpoint.endsWith(`:${port}`)) ?? false);
  }

  /** The side of the first bytes that are held. */
  #firstSide(): Side | null {
    // Before them stand gaps at most, which TCP tells one of a side at a time.
    return this.#held.find(({ bytes }) => bytes.length > 0)?.side ?? null;
  }

  /** The side that does not have the port that was named: the port is the server's. */
  #clientByPort(): Side {
    const [first, second] = this.#start.endpoints ?? ["", ""];
    const end = `:${this.#options.port}`;
    if (first.endsWith(end) === second.endsWith(end)) return this.#shape.client(LEAST) ?? 0;
    return first.endsWith(end) ? 1 : 0;
  }

  /** A connection without a handshake: it is whole frames soon, or it is another. */
  #judgeShape(over: boolean): void {
    const { openerSeen } = this.#start;
    const late = openerSeen && this.#heldBytes > SOON;
    // Of a connection that was seen to open, the response may still come.
    const awaited = openerSeen && this.#starts.some(({ length }) => length === 0) && !late && !over;
    const client = awaited ? null : this.#shape.client(over ? LEAST : ENOUGH);
    if (client !== null) this.#pass(this.#found(client, "shape", true));
    else if (over || late) this.#ignore();
  }

  #beginHttp(client: Side): void {
    this.#origin = [this.#skipped[0], this.#skipped[1]];
    const phase = new HttpPhase(client);
    this.#phase = phase;
    for (const { side, bytes } of this.#held) phase.push(side, bytes);
    this.#followHttp(phase);
  }

  /** Follows HTTP until it turns into WebSocket, or into a tunnel, through which anything may go. */
  #followHttp(phase: HttpPhase): void {
    const { turn } = phase;
    if (turn === null || turn.kind === "none") {
      if (turn === null) this.#forgetHttp(phase);
      else this.#ignore();
      return;
    }
    const { client } = phase;
    const at: [number, number] = client === 0 ? [turn.at.client, turn.at.server] : [turn.at.server, turn.at.client];
    this.#dropUpTo(at);
    this.#phase = null;
    if (turn.kind === "upgrade") this.#pass(this.#found(client, "handshake", false));
    else this.#decide(false);
  }

  /** Bytes of the HTTP that is followed are missing: what comes behind them is judged by its shape. */
  #leaveHttp(torn: Side): void {
    this.#phase = null;
    this.#torn = torn;
    for (const { side, bytes } of this.#held) if (side === torn) this.#skipped[side] += bytes.length;
    this.#hold(this.#held.filter(({ side, gap }) => side !== torn || gap > 0));
  }

  /** Bytes of messages that are over are needed no more. */
  #forgetHttp(phase: HttpPhase): void {
    if (this.#heldBytes > MOST_HELD / 2) this.#dropUpTo([phase.doneOn(0), phase.doneOn(1)]);
  }

  /** Drops what is held of each side before an offset, counted from where HTTP began. */
  #dropUpTo(offsets: readonly [number, number]): void {
    const position: [number, number] = [this.#skipped[0], this.#skipped[1]];
    const until: [number, number] = [this.#origin[0] + offsets[0], this.#origin[1] + offsets[1]];
    if (until[0] <= position[0] && until[1] <= position[1]) return;
    const kept: Held[] = [];
    for (const held of this.#held) {
      const { side, bytes, gap } = held;
      // A piece has bytes, or stands for a gap.
      const drop = Math.min(bytes.length + gap, Math.max(0, until[side] - position[side]));
      position[side] += bytes.length + gap;
      if (drop < bytes.length + gap) kept.push({ ...held, bytes: bytes.subarray(drop), gap: Math.max(0, gap - drop) });
    }
    for (const side of [0, 1] as const)
      this.#skipped[side] = Math.max(this.#skipped[side], Math.min(until[side], position[side]));
    this.#hold(kept);
  }

  #found(client: Side, evidence: Evidence, inTheMiddle: boolean): ConnectionTap {
    return this.#host.found({ start: this.#start, client, evidence, skipped: this.#skipped, inTheMiddle });
  }

  /** What was held goes on, and so does what comes. */
  #pass(tap: ConnectionTap): void {
    this.#tap = tap;
    for (const { side, bytes, gap, at } of this.#held.splice(0)) {
      if (gap > 0) tap.gap(side, gap, at);
      if (bytes.length > 0) tap.data(side, bytes, at);
    }
  }

  #ignore(): void {
    this.#ignored = true;
    this.#held = [];
  }
}

/** Bytes that tell what a connection is, at most; and those at the start of a side in which that is looked for. */
const TELLING = 12;
const STARTING = LONGEST_LINE;

/** Whether the few bytes that are there may become a request, a response or a TLS record. */
function couldTell(bytes: Uint8Array): boolean {
  return bytes[0] === 0x16 || /^(?:[A-Z]{1,10}(?: .*)?|HTTP\/.*)$/.test(latin1Text(bytes));
}

function looksLikeRequest(bytes: Uint8Array): boolean {
  return /^[A-Z]{3,10} \S/.test(latin1Text(bytes, 0, 32));
}

function looksLikeResponse(bytes: Uint8Array): boolean {
  return /^HTTP\/\d/.test(latin1Text(bytes, 0, 16));
}

function looksLikeAgreement(bytes: Uint8Array): boolean {
  return /^HTTP\/\S{1,8} 101/.test(latin1Text(bytes, 0, 16));
}
