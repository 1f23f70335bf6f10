import { ByteQueue } from "../../../bytes/byte-queue.js";
import { decodeLatin1 } from "../../../bytes/latin1.js";

/** What is seen of an HTTP head, as far as it matters to find an upgrade. */
export interface SeenHead {
  /** Where it begins, in bytes from the stream's first. */
  readonly offset: number;
  /** Where it ends, its empty line included. */
  readonly end: number;
  readonly startLine: string;
  /** Whether it asks for WebSocket, or agrees to it. */
  readonly upgrades: boolean;
}

/** What comes after a head: its body, as far as it says that it has one; the next head; nothing of HTTP any more. */
export type AfterHead = "body" | "no body" | "end";

/** A head that is longer than this is none. */
const LONGEST_HEAD = 64 * 1024;

/** Follows the HTTP messages of one side of a connection: their heads are seen, their bodies passed over. */
export class HttpMessages {
  readonly #seen: (head: SeenHead) => AfterHead;
  readonly #queue = new ByteQueue();
  /** Bytes at the queue's start in which nothing ends. */
  #searched = 0;
  #offset: number;
  /** Bytes of a body that are still to come. */
  #body = 0;
  #chunked = false;
  #broken = false;

  /**
   * @param seen takes each head; says what comes after it
   * @param offset of the first byte in the stream
   */
  constructor(seen: (head: SeenHead) => AfterHead, offset: number) {
    this.#seen = seen;
    this.#offset = offset;
  }

  /** Whether the bytes turned out to be no HTTP. */
  get broken(): boolean {
    return this.#broken;
  }

  /** Where the message begins that is being read, in bytes from the stream's first; inside a body, where that was left. */
  get offset(): number {
    return this.#offset;
  }

  /** Whether a body is being read whose end is known to come. */
  get inBody(): boolean {
    return this.#body > 0 || this.#chunked;
  }

  /** Bytes are missing here; says whether they belong to a body, so that the messages go on behind them. */
  gap(length: number): boolean {
    if (this.#body < length) return false;
    this.#body -= length;
    this.#offset += length;
    return true;
  }

  /** Takes the next bytes; false when the messages are over, or are none. */
  push(bytes: Uint8Array): boolean {
    this.#queue.push(bytes);
    while (this.#queue.length > 0) {
      const taken = this.#body > 0 ? this.#bodyBytes() : this.#line();
      if (taken === null) {
        this.#queue.take(this.#queue.length);
        return false;
      }
      if (taken === 0) {
        this.#searched = this.#queue.length;
        this.#broken = this.#searched > LONGEST_HEAD;
        break;
      }
      this.#queue.take(taken);
      this.#searched = 0;
      this.#offset += taken;
    }
    this.#queue.retain();
    return !this.#broken;
  }

  /** Passes over what there is of a body; gives how many bytes that are. */
  #bodyBytes(): number {
    const taken = Math.min(this.#body, this.#queue.length);
    this.#body -= taken;
    return taken;
  }

  #line(): number | null {
    const bytes = this.#queue.peek(this.#queue.length);
    return this.#chunked ? this.#chunk(bytes) : this.#head(bytes);
  }

  /** Reads a head; gives its length, 0 when it is not all there, `null` when the messages are over with it. */
  #head(bytes: Uint8Array): number | null {
    const end = endOfHead(bytes, this.#searched);
    if (end < 0) return 0;
    const { startLine, upgrades, chunked, length } = framingOf(decodeLatin1(bytes, 0, end));
    const after = this.#seen({ offset: this.#offset, end: this.#offset + end, startLine, upgrades });
    if (after === "end") return null;
    const without = after === "no body" || /^HTTP\/\S+ (1\d\d|204|304)/.test(startLine);
    this.#chunked = after === "body" && chunked;
    this.#body = this.#chunked || without ? 0 : length;
    return end;
  }

  /** Reads the line before a chunk; gives its length, 0 when it is not all there. */
  #chunk(bytes: Uint8Array): number {
    const lf = bytes.indexOf(0x0a, this.#searched);
    if (lf < 0) return 0;
    const line = decodeLatin1(bytes, 0, lf).trim();
    // Between the chunks, and behind the trailers, stand empty lines.
    if (line === "") return lf + 1;
    const size = /^[0-9a-f]{1,12}/i.exec(line);
    if (size === null) return lf + 1;
    const length = Number.parseInt(size[0], 16);
    if (length === 0) {
      this.#chunked = false;
      this.#body = bytes[lf + 1] === 0x0d ? 2 : 0;
    } else this.#body = length + 2;
    return lf + 1;
  }
}

/** What of a head says where its body ends, and whether it asks for WebSocket. */
interface Framing {
  readonly startLine: string;
  readonly upgrades: boolean;
  readonly chunked: boolean;
  /** Bytes of the body; 0 where the head does not say. */
  readonly length: number;
}

/** Reads a head line by line. Of a header that is there twice, the first counts. No pattern runs over a whole head, so that none can backtrack in it. */
function framingOf(head: string): Framing {
  const [startLine = "", ...lines] = head.split("\n");
  const first = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon < 0 || colon > LONGEST_NAME) continue;
    const name = line.slice(0, colon).trimEnd().toLowerCase();
    if (FRAMING.has(name) && !first.has(name)) first.set(name, line.slice(colon + 1).trim());
  }
  const named = (name: string): string => first.get(name) ?? "";
  const length = named("content-length");
  return {
    startLine: startLine.endsWith("\r") ? startLine.slice(0, -1) : startLine,
    upgrades: named("upgrade")
      .split(",")
      .some((part) => part.trim().toLowerCase() === "websocket"),
    chunked: /\bchunked\b/i.test(named("transfer-encoding")),
    length: /^\d{1,15}$/.test(length) ? Number(length) : 0,
  };
}

/** The headers that matter, none of which has a longer name, blanks before the colon included. */
const FRAMING: ReadonlySet<string> = new Set(["upgrade", "transfer-encoding", "content-length"]);
const LONGEST_NAME = 64;

/** Where a head ends, its empty line included; -1 when that is not there. It does not end in the first bytes that were searched. */
function endOfHead(bytes: Uint8Array, searched: number): number {
  // The line before may have ended in them.
  for (let lf = bytes.indexOf(0x0a, Math.max(0, searched - 2)); lf >= 0; lf = bytes.indexOf(0x0a, lf + 1)) {
    if (bytes[lf + 1] === 0x0a) return lf + 2;
    if (bytes[lf + 1] === 0x0d && bytes[lf + 2] === 0x0a) return lf + 3;
  }
  return -1;
}
