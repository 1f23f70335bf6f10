import type { PacketTimestamp } from "../../../bytes/packet-timestamp.js";
import { formatCount } from "../../../bytes/size.js";
import type {
  CapturedMessage,
  CaptureSink,
  ConnectionStart,
  ConnectionTap,
  Side,
  TransportEnd,
} from "../../../protocol/traffic.js";
import type { Shapes } from "./shape-evidence.js";
import { type Decision, type Evidence, Undecided } from "./undecided-connection.js";

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

/**
 * About what undecided connections may hold together in memory, in bytes. Of more, the one that has been undecided for longest is
 * given up, so that no number of strangers' half-sent heads takes more.
 */
const MOST_HELD = 64 * 1024 * 1024;

/** Finds the WebSocket connections among all connections of a capture, and counts the others. */
export class WebSocketFinder implements CaptureSink {
  readonly #sink: FinderSink;
  readonly #options: FinderOptions;
  readonly #mostHeld: number;
  readonly #host: CandidateHost;
  #others = 0;
  #otherBytes = 0;
  /** Those that hold bytes, the oldest first, and what they take together. */
  readonly #holding = new Set<Candidate>();
  #held = 0;
  #givenUp = 0;

  /** @param mostHeld about what undecided connections may hold together, in bytes */
  constructor(sink: FinderSink, options: FinderOptions, mostHeld: number = MOST_HELD) {
    this.#sink = sink;
    this.#options = options;
    this.#mostHeld = mostHeld;
    this.#host = {
      found: (connection) => sink.found(connection),
      say: (line) => sink.say(line),
      other: (bytes) => {
        this.#others++;
        this.#otherBytes += bytes;
      },
      holds: (candidate, before, now) => this.#holds(candidate, before, now),
    };
  }

  connection(start: ConnectionStart): ConnectionTap {
    return new Candidate(start, this.#options, this.#host);
  }

  say(line: string): void {
    this.#sink.say(line);
  }

  /** The capture is over. */
  end(): void {
    if (this.#others > 0) this.#sink.others(this.#others, this.#otherBytes);
    if (this.#givenUp > 0) this.say(this.#givenUpLine());
  }

  #givenUpLine(): string {
    const given = `${formatCount(this.#givenUp, "connection")} ${this.#givenUp === 1 ? "was" : "were"} given up undecided`;
    return `${given}: all connections together held more than ${formatCount(this.#mostHeld, "byte")} before it was clear what they are`;
  }

  #holds(candidate: Candidate, before: number, now: number): void {
    this.#held += now - before;
    if (now === 0) this.#holding.delete(candidate);
    else if (before === 0) this.#holding.add(candidate);
    while (this.#held > this.#mostHeld) {
      const [oldest] = this.#holding;
      if (oldest === undefined) return;
      this.#givenUp++;
      oldest.giveUp();
    }
  }
}

interface CandidateHost extends Omit<FinderSink, "others"> {
  /** A connection turned out to be another, with so many bytes. */
  other(bytes: number): void;
  /** What an undecided connection holds has changed, in bytes of memory. */
  holds(candidate: Candidate, before: number, now: number): void;
}

/** A connection of which it is not known yet, or no longer asked, what it is. Most captures have many: it keeps little once that is decided. */
class Candidate implements ConnectionTap {
  readonly #start: ConnectionStart;
  readonly #host: CandidateHost;
  #undecided: Undecided | null;
  #tap: ConnectionTap | null = null;
  #tls: string | null = null;
  /** Bytes of each side, until it is known to be WebSocket. */
  #bytes0 = 0;
  #bytes1 = 0;

  constructor(start: ConnectionStart, options: FinderOptions, host: CandidateHost) {
    this.#start = start;
    this.#host = host;
    this.#undecided = new Undecided(start, options);
  }

  data(side: Side, bytes: Uint8Array, at: PacketTimestamp): void {
    if (this.#tap !== null) {
      this.#tap.data(side, bytes, at);
      return;
    }
    if (side === 0) this.#bytes0 += bytes.length;
    else this.#bytes1 += bytes.length;
    const undecided = this.#undecided;
    if (undecided !== null) this.#follow(undecided, () => undecided.data(side, bytes, at));
  }

  gap(side: Side, length: number, at: PacketTimestamp): void {
    const undecided = this.#undecided;
    if (this.#tap !== null) this.#tap.gap(side, length, at);
    else if (undecided !== null)
      this.#follow(undecided, () => {
        undecided.gap(side, length, at);
        return null;
      });
  }

  message(message: CapturedMessage): void {
    if (this.#tap === null) {
      this.giveUp();
      this.#tap = this.#found(0, "handshake", [0, 0], false);
    }
    this.#tap.message(message);
  }

  end(transport?: TransportEnd): void {
    const undecided = this.#undecided;
    if (undecided !== null) {
      this.#follow(undecided, () => undecided.end());
      if (this.#undecided !== null) this.giveUp();
    }
    if (this.#tap !== null) this.#tap.end(transport);
    else if (this.#tls !== null) this.#host.say(this.#tlsLine(this.#tls));
    else if (this.#bytes0 + this.#bytes1 > 0) this.#host.other(this.#bytes0 + this.#bytes1);
  }

  /** What is held is let go of, and what the connection is is no longer asked. */
  giveUp(): void {
    const cost = this.#undecided?.held.cost ?? 0;
    this.#undecided = null;
    if (cost > 0) this.#host.holds(this, cost, 0);
  }

  #follow(undecided: Undecided, next: () => Decision | null): void {
    const { held } = undecided;
    const before = held.cost;
    const decision = next();
    if (decision !== null) {
      this.#undecided = null;
      if (before > 0) this.#host.holds(this, before, 0);
      this.#settle(decision, undecided);
    } else if (held.cost !== before) this.#host.holds(this, before, held.cost);
  }

  /** It is known what the connection is: what was held of a WebSocket goes on, and so does what comes. */
  #settle(decision: Decision, { held }: Undecided): void {
    if (decision.kind === "tls") this.#tls = decision.facts;
    if (decision.kind !== "websocket") return;
    const { client, evidence, inTheMiddle } = decision;
    this.#tap = this.#found(client, evidence, [held.positionOf(0), held.positionOf(1)], inTheMiddle);
    held.passTo(this.#tap);
  }

  #found(client: Side, evidence: Evidence, skipped: readonly [number, number], inTheMiddle: boolean): ConnectionTap {
    return this.#host.found({ start: this.#start, client, evidence, skipped, inTheMiddle });
  }

  #tlsLine(facts: string): string {
    const { endpoints } = this.#start;
    const ends = endpoints === null ? "a connection" : endpoints.join(" → ");
    return `${ends} is TLS${facts}: ${formatCount(this.#bytes0, "byte")} and ${formatCount(this.#bytes1, "byte")} back cannot be read without its keys`;
  }
}
