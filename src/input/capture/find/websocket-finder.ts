import type { PacketTimestamp } from "../../../bytes/packet-timestamp.js";
import { formatCount } from "../../../bytes/size.js";
import { MAX_HEAD_BYTES } from "../../../protocol/handshake/http-syntax.js";
import type {
  CapturedMessage,
  ConnectionReceiver,
  ConnectionStart,
  Side,
  TrafficSink,
  TransportEnd,
} from "../../../protocol/traffic.js";
import type { FrameRecognizer } from "./shape-evidence.js";
import { type Decision, type Evidence, UndecidedConnection } from "./undecided-connection.js";

/** A WebSocket connection of a capture. */
export interface FoundConnection {
  readonly start: ConnectionStart;
  /** The side that is the client. */
  readonly client: Side;
  readonly evidence: Evidence;
  /** The number of bytes of each side before the WebSocket: requests before the upgrade. */
  readonly skippedBytes: readonly [number, number];
  /** Whether a side's first bytes may be from the middle of a frame. */
  readonly mayStartMidFrame: boolean;
}

/** Receives the WebSocket connections of a capture. */
export interface FinderSink {
  addFoundConnection(connection: FoundConnection): ConnectionReceiver;
  /** Reports the number of other connections, and of their bytes together. */
  reportOthers(connections: number, bytes: number): void;
  note(line: string): void;
}

export interface FinderOptions {
  /** The port whose connections are always treated as WebSocket; `null` for none. */
  readonly port: number | null;
  readonly recognizer: FrameRecognizer;
}

/**
 * The approximate memory limit of all undecided connections together, in bytes. Beyond it, the longest undecided one is
 * skipped, so that many incomplete heads cannot fill the memory.
 */
const MAX_TOTAL_HELD_BYTES = 64 * 1024 * 1024;

/** Finds the WebSocket connections among all connections of a capture, and counts the others. */
export class WebSocketFinder implements TrafficSink {
  readonly #sink: FinderSink;
  readonly #options: FinderOptions;
  readonly #maxHeldBytes: number;
  readonly #host: CandidateHost;
  #otherCount = 0;
  #otherBytes = 0;
  /** Candidates that hold bytes, the oldest first, and their memory together. */
  readonly #holdingCandidates = new Set<Candidate>();
  #heldBytes = 0;
  #abandonedCount = 0;

  /** @param maxHeldBytes the approximate memory limit of undecided connections together, in bytes */
  constructor(sink: FinderSink, options: FinderOptions, maxHeldBytes: number = MAX_TOTAL_HELD_BYTES) {
    this.#sink = sink;
    this.#options = options;
    this.#maxHeldBytes = maxHeldBytes;
    this.#host = {
      addFoundConnection: (connection) => sink.addFoundConnection(connection),
      note: (line) => sink.note(line),
      countOther: (bytes) => {
        this.#otherCount++;
        this.#otherBytes += bytes;
      },
      updateHeld: (candidate, before, now) => this.#updateHeld(candidate, before, now),
    };
  }

  connection(start: ConnectionStart): ConnectionReceiver {
    return new Candidate(start, this.#options, this.#host);
  }

  note(line: string): void {
    this.#sink.note(line);
  }

  /** Ends the capture. */
  end(): void {
    if (this.#otherCount > 0) this.#sink.reportOthers(this.#otherCount, this.#otherBytes);
    if (this.#abandonedCount > 0) this.note(this.#formatAbandonedNote());
  }

  #formatAbandonedNote(): string {
    const skipped = `${formatCount(this.#abandonedCount, "connection")} skipped before it was clear what they are`;
    return `${skipped}: undecided connections exceeded the limit of ${formatCount(this.#maxHeldBytes, "byte")}`;
  }

  #updateHeld(candidate: Candidate, before: number, now: number): void {
    this.#heldBytes += now - before;
    if (now === 0) this.#holdingCandidates.delete(candidate);
    else if (before === 0) this.#holdingCandidates.add(candidate);
    while (this.#heldBytes > this.#maxHeldBytes) {
      const [oldest] = this.#holdingCandidates;
      if (oldest === undefined) return;
      this.#abandonedCount++;
      oldest.abandon();
    }
  }
}

interface CandidateHost extends Omit<FinderSink, "reportOthers"> {
  /** Counts a connection that is not WebSocket, and its bytes. */
  countOther(bytes: number): void;
  /** Reports a change of the memory that an undecided connection holds, in bytes. */
  updateHeld(candidate: Candidate, before: number, now: number): void;
}

/** A connection that may be WebSocket. Most captures contain many others, so it keeps little state once that is decided. */
class Candidate implements ConnectionReceiver {
  readonly #start: ConnectionStart;
  readonly #host: CandidateHost;
  #undecided: UndecidedConnection | null;
  #receiver: ConnectionReceiver | null = null;
  #tlsFacts: string | null = null;
  /** The number of bytes of each side until the connection is known to be WebSocket. */
  #bytes0 = 0;
  #bytes1 = 0;

  constructor(start: ConnectionStart, options: FinderOptions, host: CandidateHost) {
    this.#start = start;
    this.#host = host;
    this.#undecided = new UndecidedConnection(start, options);
  }

  data(side: Side, bytes: Uint8Array, at: PacketTimestamp): void {
    if (this.#receiver !== null) {
      this.#receiver.data(side, bytes, at);
      return;
    }
    if (side === 0) this.#bytes0 += bytes.length;
    else this.#bytes1 += bytes.length;
    const undecided = this.#undecided;
    if (undecided !== null) this.#examine(undecided, () => undecided.addData(side, bytes, at));
  }

  gap(side: Side, length: number, at: PacketTimestamp): void {
    const undecided = this.#undecided;
    if (this.#receiver !== null) this.#receiver.gap(side, length, at);
    else if (undecided !== null)
      this.#examine(undecided, () => {
        undecided.addGap(side, length, at);
        return null;
      });
  }

  message(message: CapturedMessage): void {
    if (this.#receiver === null) {
      this.abandon();
      this.#receiver = this.#reportFound(0, "handshake", [0, 0], false);
    }
    this.#receiver.message(message);
  }

  end(transport?: TransportEnd): void {
    const undecided = this.#undecided;
    if (undecided !== null) {
      this.#examine(undecided, () => undecided.end());
      if (this.#undecided !== null) this.abandon();
    }
    if (this.#receiver !== null) this.#receiver.end(transport);
    else if (this.#tlsFacts !== null) this.#host.note(this.#formatTlsNote(this.#tlsFacts));
    else if (this.#bytes0 + this.#bytes1 > 0) this.#host.countOther(this.#bytes0 + this.#bytes1);
  }

  /** Drops the held bytes and stops examining the connection. */
  abandon(): void {
    const cost = this.#undecided?.held.memoryBytes ?? 0;
    this.#undecided = null;
    if (cost > 0) this.#host.updateHeld(this, cost, 0);
  }

  #examine(undecided: UndecidedConnection, next: () => Decision | null): void {
    const { held } = undecided;
    const before = held.memoryBytes;
    const decision = next();
    if (decision !== null) {
      this.#undecided = null;
      if (before > 0) this.#host.updateHeld(this, before, 0);
      this.#applyDecision(decision, undecided);
    } else if (held.memoryBytes !== before) this.#host.updateHeld(this, before, held.memoryBytes);
  }

  /** Applies the decision: the held bytes of a WebSocket are passed on, and so are those that follow. */
  #applyDecision(decision: Decision, { held }: UndecidedConnection): void {
    if (decision.kind === "tls") this.#tlsFacts = decision.facts;
    if (decision.kind === "other" && decision.isHeadTooLong) this.#host.note(this.#longHeadLine());
    if (decision.kind !== "websocket") return;
    const { client, evidence, inTheMiddle, requestRestBytes } = decision;
    if (requestRestBytes > 0) this.#host.note(this.#formatRequestRestNote(requestRestBytes));
    this.#receiver = this.#reportFound(client, evidence, [held.sidePosition(0), held.sidePosition(1)], inTheMiddle);
    held.replayTo(this.#receiver);
  }

  #reportFound(
    client: Side,
    evidence: Evidence,
    skipped: readonly [number, number],
    mayStartMidFrame: boolean,
  ): ConnectionReceiver {
    return this.#host.addFoundConnection({
      start: this.#start,
      client,
      evidence,
      skippedBytes: skipped,
      mayStartMidFrame,
    });
  }

  get #ends(): string {
    return this.#start.endpoints?.join(" → ") ?? "a connection";
  }

  #longHeadLine(): string {
    return `${this.#ends} is skipped: an HTTP head is longer than ${MAX_HEAD_BYTES / 1024} KiB`;
  }

  #formatRequestRestNote(bytes: number): string {
    return `${this.#ends}: skipped ${formatCount(bytes, "byte")} of the client: the end of a request whose start is not in the capture`;
  }

  #formatTlsNote(facts: string): string {
    return `${this.#ends} is TLS${facts}: ${formatCount(this.#bytes0, "byte")} and ${formatCount(this.#bytes1, "byte")} in the other direction; wsframe does not decrypt it (wsframe proxy wss://… shows decrypted traffic)`;
  }
}
