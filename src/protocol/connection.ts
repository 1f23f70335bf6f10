import { latin1Text } from "../bytes/latin1.js";
import type { Moment } from "../bytes/packet-timestamp.js";
import type { CloseSent, ConnectionEnd, ConnectionSink, FrameEvent, SenderTotals } from "./connection-events.js";
import {
  type DeflateAgreement,
  type DeflateSide,
  deflateAgreement,
  USUAL_AGREEMENT,
} from "./deflate/deflate-agreement.js";
import { OrdinaryFrame, readOrdinary } from "./fast-frame.js";
import { closeCodeIn } from "./frame/close-code.js";
import { WINDOW } from "./frame/decode-buffer.js";
import { type Frame, frameLength, type Sender } from "./frame/frame.js";
import { isControl, OPCODE } from "./frame/opcode.js";
import { FrameNumbers } from "./frame-numbers.js";
import type { Gap, ReaderHost, ReadFrame } from "./frame-tracker.js";
import type { Extension } from "./handshake/extensions.js";
import { compressionIn, isInterim, switchesProtocols } from "./handshake/handshake.js";
import type { HttpHead } from "./handshake/http-head.js";
import { Opening } from "./handshake/pending-handshake.js";
import { type Message, MessageAssembler, type Rsv1Meaning } from "./message-assembler.js";
import type { Ping } from "./pings.js";
import { Direction } from "./sender-state.js";

export interface ConnectionOptions {
  /** Number of the connection in the input. */
  readonly stream: number;
  /** Bytes of one payload that are kept; the rest is validated and counted. */
  readonly keep: number;
  /** Bytes after which a message that inflates out of proportion is not inflated on; 16 MiB when left out. */
  readonly inflateLimit?: number;
  /** The extensions that were agreed, though no handshake is there; `null` or left out: not known. */
  readonly extensions?: readonly Extension[] | null;
  /** Whether messages keep the compressed payload that they had on the wire. */
  readonly leaveCompressed?: boolean;
}

/** Filled for each ordinary frame that is handed over, of whatever connection. */
const ORDINARY: Readonly<Record<Sender, OrdinaryFrame>> = {
  client: new OrdinaryFrame("client"),
  server: new OrdinaryFrame("server"),
};
const USUAL_INFLATE_LIMIT = 16 * 1024 * 1024;

/** The handshake, frames and messages of one connection, from one byte stream of both senders or from one of each. */
export class Connection {
  /** When and where in a capture the bytes stood that are read now; `null` where the input does not say. */
  at: Moment | null = null;
  readonly #sink: ConnectionSink;
  readonly #options: ConnectionOptions;
  readonly #directions: Readonly<Record<Sender, Direction>>;
  #closes: readonly CloseSent[] = NO_CLOSES;
  /** The numbers that the next frame and the next message have. */
  readonly #next = { frame: 0, message: 0 };
  #rsv1: Rsv1Meaning = "unknown";
  #agreement: DeflateAgreement = USUAL_AGREEMENT;
  /** Whether an extension was agreed, or may have been, that gives RSV2 and RSV3 a meaning. */
  #otherExtensions = false;
  readonly #opening: Opening;
  #switched = false;
  /** Whether bytes of either sender are missing. */
  #lossy = false;
  #subprotocol: string | null = null;
  #reading: ReaderHost | null = null;

  constructor(sink: ConnectionSink, options: ConnectionOptions) {
    this.#sink = sink;
    this.#options = options;
    this.#opening = new Opening(options.stream);
    const { keep, inflateLimit = USUAL_INFLATE_LIMIT, leaveCompressed = false, extensions = null } = options;
    const assembled = { keep, inflateLimit, leaveCompressed };
    this.#directions = {
      client: new Direction("client", new MessageAssembler(assembled)),
      server: new Direction("server", new MessageAssembler(assembled)),
    };
    if (extensions !== null) this.#agree(extensions);
  }

  /** Whether a request that comes now begins another connection: this one has frames, or waits for a response, or had its 101. */
  get begun(): boolean {
    return this.#next.frame > 0 || this.#opening.waits || this.#switched;
  }

  /** What RSV1 means on the connection now. */
  get rsv1(): Rsv1Meaning {
    return this.#rsv1;
  }

  /** Bytes of one payload that are kept. */
  get keep(): number {
    return this.#options.keep;
  }

  /** An HTTP head was read (RFC 6455 §4). */
  head(head: HttpHead): void {
    const sender = head.kind === "request" ? "client" : "server";
    this.#directions[sender].bytes += head.length;
    if (head.kind === "request") {
      this.#giveUpRequest();
      this.#opening.asked(head, this.at);
      return;
    }
    if (isInterim(head)) {
      this.#opening.interim(head);
      return;
    }
    const event = this.#opening.answered(head, this.at);
    this.#switched = switchesProtocols(head);
    this.#subprotocol = event.subprotocol;
    // The missing rest of a head may agree on compression, and on any other extension.
    const known = !head.cut || compressionIn(event.extensions) !== null;
    if (this.#switched && known) this.#agree(event.extensions);
    const { extensions = null } = this.#options;
    if (head.cut && extensions === null) this.#otherExtensions = true;
    this.#sink.handshake(event);
  }

  /** Bytes of a sender were read that are the body of an HTTP message. */
  body(sender: Sender, bytes: number): void {
    this.#directions[sender].bytes += bytes;
    this.#directions[sender].bodyBytes += bytes;
  }

  /** Bytes of a sender were there of which no frame is made, since others before them are missing. */
  passedOver(sender: Sender, bytes: number): void {
    this.#directions[sender].bytes += bytes;
  }

  /** A whole message was read from an input that has no frames: with any opcode that the input has. */
  wholeMessage(sender: Sender, opcode: number, payload: Uint8Array): void {
    this.#giveUpRequest();
    const direction = this.#directions[sender];
    const index = this.#next.message++;
    if (!isControl(opcode)) direction.messages++;
    else if (opcode === OPCODE.close && direction.close === null)
      this.#noteClose(direction.closed({ index, closeCode: closeCodeIn(payload), control: payload }));
    const message: Message = { ...NO_FRAMES, opcode, payload, payloadLength: payload.length };
    const { stream } = this.#options;
    this.#sink.message?.({ stream, sender, index, message, at: this.at, subprotocol: this.#subprotocol });
  }

  /** Bytes are missing in which frames may have been: a sender's, or either's (`null`). */
  lostFrames(sender: Sender | null): void {
    if (sender !== "server") this.#directions.client.framesLost = true;
    if (sender !== "client") this.#directions.server.framesLost = true;
  }

  /** Bytes of a sender are missing, and no frame came behind them. */
  lost(sender: Sender, gap: Gap): void {
    this.#directions[sender].gap = gap;
  }

  /** What a reader of this connection's frames needs: the same for all of them. */
  get reading(): ReaderHost {
    this.#reading ??= new Connection.#Reading(this);
    return this.#reading;
  }

  /** One object a connection, where functions of its own would take as much as all else. */
  static readonly #Reading = class implements ReaderHost {
    readonly #connection: Connection;

    constructor(connection: Connection) {
      this.#connection = connection;
    }

    get takesOrdinary(): boolean {
      return this.#connection.#sink.ordinary !== undefined;
    }

    readOrdinary(sender: Sender | null, at: number, end: number, base: number): number {
      return this.#connection.#readOrdinary(sender, at, end, base);
    }

    get rsv1(): Rsv1Meaning {
      return this.#connection.#rsv1;
    }

    get otherExtensions(): boolean {
      return this.#connection.#otherExtensions;
    }

    assembler(sender: Sender): MessageAssembler {
      return this.#connection.#directions[sender].assembler;
    }

    deflateSide(sender: Sender): DeflateSide {
      return this.#connection.#agreement[sender];
    }

    now(): Moment | null {
      return this.#connection.at;
    }

    lost(): void {
      this.#connection.#lossy = true;
    }

    loseFrameBefore(sender: Sender): void {
      this.#connection.#directions[sender].lastKey = null;
    }

    began(sender: Sender): void {
      this.#connection.#began(sender);
    }

    nextIndex(): number {
      return this.#connection.#next.frame++;
    }

    ended(frame: Frame, sender: Sender, senderKnown: boolean, read: ReadFrame): void {
      this.#connection.#ended(frame, this.#connection.#directions[sender], senderKnown, read);
    }
  };

  /**
   * Says that all byte streams are over (each reader's `end` comes first).
   *
   * @param ended how the TCP connection ended, where the input shows that
   */
  end(ended: ConnectionEnd | null = null): void {
    const { stream } = this.#options;
    this.#giveUpRequest();
    const { client, server } = this.#directions;
    for (const direction of [client, server]) {
      const { sender, bytes, bodyBytes, frameBytes, frames, messages, assembler, gap } = direction;
      if (!direction.isHere) continue;
      const rsv1Guess = assembler.undecided;
      const unansweredPings = this.#unanswered(direction);
      const openMessage = assembler.giveUp();
      const counts = { bytes, bodyBytes, frameBytes, frames, messages };
      const { uncertain } = assembler;
      this.#sink.end({ stream, sender, ...counts, openMessage, uncertain, rsv1Guess, unansweredPings, gap });
    }
    const totals = { client: this.#totals(client), server: this.#totals(server) };
    const framesLost = { client: client.framesLost, server: server.framesLost };
    this.#sink.closed({ stream, totals, closes: this.#closes, opened: this.#switched, ended, framesLost });
  }

  #totals(direction: Direction): SenderTotals | null {
    return direction.totals(this.#unanswered(direction).length + (this.#lossy ? 0 : direction.forgottenPings));
  }

  /** A sender's pings without a pong; none where the other sender's frames are not all here. */
  #unanswered({ sender, waitingPings }: Direction): readonly Ping[] {
    return this.#other(sender).frames > 0 && !this.#lossy ? waitingPings : [];
  }

  /** What RSV1 means from now on (RFC 7692 §6). */
  #agree(extensions: readonly Extension[]): void {
    const agreement = compressionIn(extensions);
    const others = extensions.some((extension) => deflateAgreement(extension) === null);
    this.#otherExtensions = others;
    this.#rsv1 = agreement !== null ? "agreed" : others ? "other" : "none";
    this.#agreement = agreement ?? USUAL_AGREEMENT;
    for (const { assembler } of Object.values(this.#directions)) assembler.agree();
  }

  /** The request that waits gets no response any more. */
  #giveUpRequest(): void {
    const event = this.#opening.givenUp(this.at);
    if (event !== null) this.#sink.handshake(event);
  }

  #noteClose(close: CloseSent): void {
    this.#closes = [...this.#closes, close];
  }

  #other(sender: Sender): Direction {
    return this.#directions[sender === "client" ? "server" : "client"];
  }

  /** Reads ordinary frames off the window, as long as they come and nothing is open that they could have to do with. */
  #readOrdinary(only: Sender | null, start: number, end: number, base: number): number {
    if (this.#opening.waits) return start;
    for (let at = start; ; ) {
      const sender = only ?? (at + 1 < end && (WINDOW[at + 1] as number) >= 0x80 ? "client" : "server");
      const direction = this.#directions[sender];
      if (direction.close !== null || !direction.assembler.idle) return at;
      const frame = ORDINARY[sender];
      frame.stream = this.#options.stream;
      frame.keep = this.#options.keep;
      frame.senderKnown = only !== null;
      frame.at = this.at;
      frame.subprotocol = this.#subprotocol;
      const next = readOrdinary(at, end, base, direction, this.#next, frame, this.#sink);
      if (next === at) return at;
      at = next;
    }
  }

  /** A frame of the server shows that its response is not here; before a client's, the request stands by itself. */
  #began(sender: Sender): void {
    if (!this.#opening.waits) return;
    if (sender === "server") {
      this.#giveUpRequest();
      return;
    }
    const event = this.#opening.alone(this.at);
    if (event !== null) this.#sink.handshake(event);
  }

  /** Follows pings and their answers; says whether a pong answers none. */
  #follow(frame: Frame, direction: Direction, index: number, control: Uint8Array): boolean {
    // After a Close frame of its own, a sender's pings need no answer.
    if (frame.opcode === OPCODE.ping && direction.close === null) {
      const time = this.at?.time ?? null;
      direction.pinged({ index, offset: frame.offset, length: frameLength(frame), time }, keyOf(control));
    }
    if (frame.opcode !== OPCODE.pong) return false;
    const other = this.#other(direction.sender);
    return !other.answered(keyOf(control), this.at?.time ?? null) && other.frames > 0 && !this.#lossy;
  }

  /** A frame is over: what it is to the connection is put together and handed on. */
  #ended(frame: Frame, direction: Direction, senderKnown: boolean, read: ReadFrame): void {
    const { index, place } = read;
    const completes = frame.complete && (place === "whole" || place === "last");
    const event: FrameEvent = {
      stream: this.#options.stream,
      sender: direction.sender,
      senderKnown,
      index,
      frame,
      began: read.began,
      at: read.at,
      payload: read.payload,
      payloadOmitted: read.payloadOmitted,
      place,
      messageOpcode: read.messageOpcode,
      messageIndex: completes ? this.#next.message++ : null,
      message: read.message,
      interrupted: read.interrupted,
      compressed: read.compressed,
      rsv1Meaning: read.rsv1Meaning,
      otherExtensions: this.#otherExtensions,
      rsv1Guess: read.rsv1Guess,
      subprotocol: this.#subprotocol,
      utf8Error: read.utf8Error,
      inflateError: read.inflateError,
      inflateLimit: read.inflateLimit,
      closeCode: read.closeCode,
      closeEchoed: read.closeCode !== null && this.#other(direction.sender).close?.code === read.closeCode,
      keyReused: frame.masked && frame.cutHeader === null && frame.maskingKey === direction.lastKey,
      afterClose: direction.close !== null,
      gap: read.gap,
      uncertain: read.uncertain,
      resumed: read.resumed,
      pongUnmatched: frame.complete && this.#follow(frame, direction, index, read.control),
    };
    if (completes) direction.messages++;
    if (read.message?.compressed) direction.countCompressed(read.message);
    if (read.rsv1Guess?.compressed && this.#rsv1 === "unknown") this.#rsv1 = "assumed";
    direction.count(frame);
    if (this.#opening.waits && direction.sender === "client") this.#opening.early(frame);
    if (frame.opcode === OPCODE.close && frame.complete && direction.close === null)
      this.#noteClose(direction.closed(read));
    this.#sink.frame(event);
  }
}

const NO_CLOSES: readonly CloseSent[] = [];

/** A message of an input that has no frames. */
const NO_FRAMES: Omit<Message, "opcode" | "payload" | "payloadLength"> = {
  frames: new FrameNumbers(),
  first: { offset: 0, length: 0 },
  complete: true,
  compressed: false,
  inflated: "no",
  wireLength: 0,
  wirePayloadLength: 0,
  payloadOmitted: 0,
};

/** The bytes of a control frame as a string, for comparing. */
function keyOf(bytes: Uint8Array): string {
  return latin1Text(bytes);
}
