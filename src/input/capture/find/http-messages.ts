import { ByteQueue } from "../../../bytes/byte-queue.js";
import { decodeLatin1 } from "../../../bytes/latin1.js";

/** What is seen of an HTTP head, as far as it matters to find an upgrade. */
export interface HttpHeadSummary {
  /** Where it begins, in bytes from the stream's first. */
  readonly offset: number;
  /** Where it ends, its empty line included. */
  readonly end: number;
  readonly startLine: string;
  /** Whether it asks for WebSocket, or agrees to it. */
  readonly isUpgrade: boolean;
}

/** What comes after a head: its body, as far as it says that it has one; the next head; nothing of HTTP any more. */
export type AfterHead = "body" | "no body" | "end";

/** A head that is longer than this is none. */
const MAX_HEAD_BYTES = 64 * 1024;

/** Follows the HTTP messages of one side of a connection: their heads are seen, their bodies passed over. */
export class HttpMessages {
  readonly #onHead: (head: HttpHeadSummary) => AfterHead;
  readonly #queue = new ByteQueue();
  /** Bytes at the queue's start in which nothing ends. */
  #searchedBytes = 0;
  #offset: number;
  /** Bytes of a body that are still to come. */
  #bodyRemaining = 0;
  #isChunked = false;
  #isBroken = false;

  /**
   * @param seen takes each head; says what comes after it
   * @param offset of the first byte in the stream
   */
  constructor(seen: (head: HttpHeadSummary) => AfterHead, offset: number) {
    this.#onHead = seen;
    this.#offset = offset;
  }

  /** Whether the bytes turned out to be no HTTP. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Where the message begins that is being read, in bytes from the stream's first; inside a body, where that was left. */
  get offset(): number {
    return this.#offset;
  }

  /** Whether a body is being read whose end is known to come. */
  get isInBody(): boolean {
    return this.#bodyRemaining > 0 || this.#isChunked;
  }

  /** Bytes are missing here; says whether they belong to a body, so that the messages go on behind them. */
  addGap(length: number): boolean {
    if (this.#bodyRemaining < length) return false;
    this.#bodyRemaining -= length;
    this.#offset += length;
    return true;
  }

  /** Takes the next bytes; false when the messages are over, or are none. */
  push(bytes: Uint8Array): boolean {
    this.#queue.push(bytes);
    while (this.#queue.length > 0) {
      const taken = this.#bodyRemaining > 0 ? this.#skipBody() : this.#readHeadOrChunk();
      if (taken === null) {
        this.#queue.take(this.#queue.length);
        return false;
      }
      if (taken === 0) {
        this.#searchedBytes = this.#queue.length;
        this.#isBroken = this.#searchedBytes > MAX_HEAD_BYTES;
        break;
      }
      this.#queue.take(taken);
      this.#searchedBytes = 0;
      this.#offset += taken;
    }
    this.#queue.retain();
    return !this.#isBroken;
  }

  /** Passes over what there is of a body; gives how many bytes that are. */
  #skipBody(): number {
    const taken = Math.min(this.#bodyRemaining, this.#queue.length);
    this.#bodyRemaining -= taken;
    return taken;
  }

  #readHeadOrChunk(): number | null {
    const bytes = this.#queue.peek(this.#queue.length);
    return this.#isChunked ? this.#readChunkSize(bytes) : this.#readHead(bytes);
  }

  /** Reads a head; gives its length, 0 when it is not all there, `null` when the messages are over with it. */
  #readHead(bytes: Uint8Array): number | null {
    const end = findHeadEnd(bytes, this.#searchedBytes);
    if (end < 0) return 0;
    const { startLine, isUpgrade, isChunked, bodyLength } = parseFraming(decodeLatin1(bytes, 0, end));
    const after = this.#onHead({ offset: this.#offset, end: this.#offset + end, startLine, isUpgrade: isUpgrade });
    if (after === "end") return null;
    const without = after === "no body" || /^HTTP\/\S+ (1\d\d|204|304)/.test(startLine);
    this.#isChunked = after === "body" && isChunked;
    this.#bodyRemaining = this.#isChunked || without ? 0 : bodyLength;
    return end;
  }

  /** Reads the line before a chunk; gives its length, 0 when it is not all there. */
  #readChunkSize(bytes: Uint8Array): number {
    const lf = bytes.indexOf(0x0a, this.#searchedBytes);
    if (lf < 0) return 0;
    const line = decodeLatin1(bytes, 0, lf).trim();
    // Between the chunks, and behind the trailers, stand empty lines.
    if (line === "") return lf + 1;
    const size = /^[0-9a-f]{1,12}/i.exec(line);
    if (size === null) return lf + 1;
    const length = Number.parseInt(size[0], 16);
    if (length === 0) {
      this.#isChunked = false;
      this.#bodyRemaining = bytes[lf + 1] === 0x0d ? 2 : 0;
    } else this.#bodyRemaining = length + 2;
    return lf + 1;
  }
}

/** What of a head says where its body ends, and whether it asks for WebSocket. */
interface MessageFraming {
  readonly startLine: string;
  readonly isUpgrade: boolean;
  readonly isChunked: boolean;
  /** Bytes of the body; 0 where the head does not say. */
  readonly bodyLength: number;
}

/** Reads a head line by line. Of a header that is there twice, the first counts. No pattern runs over a whole head, so that none can backtrack in it. */
function parseFraming(head: string): MessageFraming {
  const [startLine = "", ...lines] = head.split("\n");
  const first = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon < 0 || colon > MAX_HEADER_NAME_CHARACTERS) continue;
    const name = line.slice(0, colon).trimEnd().toLowerCase();
    if (FRAMING_HEADERS.has(name) && !first.has(name)) first.set(name, line.slice(colon + 1).trim());
  }
  const named = (name: string): string => first.get(name) ?? "";
  const length = named("content-length");
  return {
    startLine: startLine.endsWith("\r") ? startLine.slice(0, -1) : startLine,
    isUpgrade: named("upgrade")
      .split(",")
      .some((part) => part.trim().toLowerCase() === "websocket"),
    isChunked: /\bchunked\b/i.test(named("transfer-encoding")),
    bodyLength: /^\d{1,15}$/.test(length) ? Number(length) : 0,
  };
}

/** The headers that matter, none of which has a longer name, blanks before the colon included. */
const FRAMING_HEADERS: ReadonlySet<string> = new Set(["upgrade", "transfer-encoding", "content-length"]);
const MAX_HEADER_NAME_CHARACTERS = 64;

/** Where a head ends, its empty line included; -1 when that is not there. It does not end in the first bytes that were searched. */
function findHeadEnd(bytes: Uint8Array, searched: number): number {
  // The line before may have ended in them.
  for (let lf = bytes.indexOf(0x0a, Math.max(0, searched - 2)); lf >= 0; lf = bytes.indexOf(0x0a, lf + 1)) {
    if (bytes[lf + 1] === 0x0a) return lf + 2;
    if (bytes[lf + 1] === 0x0d && bytes[lf + 2] === 0x0a) return lf + 3;
  }
  return -1;
}
