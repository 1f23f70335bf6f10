import type { Moment } from "../bytes/packet-timestamp.js";
import type { ConnectionEnd, SenderTotals } from "./connection-events.js";
import type { ConnectionSink } from "./connection-sink.js";
import { type ConnectionOptions, ConnectionState } from "./connection-state.js";
import { closeCodeIn } from "./frame/close-code.js";
import type { FrameLimit } from "./frame/decoder.js";
import type { Sender } from "./frame/frame.js";
import { isControl, OPCODE } from "./frame/opcode.js";
import { FrameNumbers } from "./frame-numbers.js";
import { FrameStream } from "./frame-stream.js";
import type { Gap } from "./gap.js";
import { compressionIn, isInterim, switchesProtocols } from "./handshake/handshake.js";
import type { HttpHead } from "./handshake/http-head.js";
import type { Message, Rsv1Meaning } from "./message-assembler.js";
import type { Ping } from "./pings.js";
import type { SenderState } from "./sender-state.js";

/** The handshake, frames and messages of one connection, from one byte stream of both senders or from one of each. */
export class Connection {
  readonly #state: ConnectionState;
  /** Whether the RSV bits' meaning was given, whatever a handshake says that is cut. */
  readonly #extensionsGiven: boolean;
  #switched = false;

  constructor(sink: ConnectionSink, options: ConnectionOptions) {
    this.#state = new ConnectionState(sink, options);
    this.#extensionsGiven = (options.extensions ?? null) !== null;
  }

  /** When and where in a capture the bytes stood that are read now; `null` where the input does not say. */
  set at(at: Moment | null) {
    this.#state.at = at;
  }

  /** Whether a request that comes now begins another connection: this one has frames, or waits for a response, or had its 101. */
  get begun(): boolean {
    return this.#state.nextFrame > 0 || this.#state.handshake.waits || this.#switched;
  }

  /** What RSV1 means on the connection now. */
  get rsv1(): Rsv1Meaning {
    return this.#state.rsv1;
  }

  /** An HTTP head was read (RFC 6455 §4). */
  head(head: HttpHead): void {
    const sender = head.kind === "request" ? "client" : "server";
    this.#state.senders[sender].bytes += head.length;
    if (head.kind === "request") {
      this.#state.giveUpRequest();
      this.#state.handshake.asked(head, this.#state.at);
      return;
    }
    if (isInterim(head)) {
      this.#state.handshake.interim(head);
      return;
    }
    const event = this.#state.handshake.answered(head, this.#state.at);
    this.#switched = switchesProtocols(head);
    this.#state.subprotocol = event.subprotocol;
    // The missing rest of a head may agree on compression, and on any other extension.
    const known = !head.cut || compressionIn(event.extensions) !== null;
    if (this.#switched && known) this.#state.agree(event.extensions);
    if (head.cut && !this.#extensionsGiven) this.#state.otherExtensions = true;
    this.#state.sink.handshake(event);
  }

  /** Bytes of a sender were read that are the body of an HTTP message. */
  body(sender: Sender, bytes: number): void {
    this.#state.senders[sender].bytes += bytes;
    this.#state.senders[sender].bodyBytes += bytes;
  }

  /** Bytes of a sender were there of which no frame is made, since others before them are missing. */
  passedOver(sender: Sender, bytes: number): void {
    this.#state.senders[sender].bytes += bytes;
  }

  /** A whole message was read from an input that has no frames: with any opcode that the input has. */
  wholeMessage(sender: Sender, opcode: number, payload: Uint8Array): void {
    this.#state.giveUpRequest();
    const direction = this.#state.senders[sender];
    const index = this.#state.nextMessage++;
    if (!isControl(opcode)) direction.messages++;
    else if (opcode === OPCODE.close && direction.close === null)
      this.#state.closed(direction, index, closeCodeIn(payload), payload);
    const message: Message = { ...NO_FRAMES, opcode, payload, payloadLength: payload.length };
    const { stream } = this.#state;
    this.#state.sink.message?.({
      stream,
      sender,
      index,
      message,
      at: this.#state.at,
      subprotocol: this.#state.subprotocol,
    });
  }

  /** Bytes are missing in which frames may have been: a sender's, or either's (`null`). */
  lostFrames(sender: Sender | null): void {
    if (sender !== "server") this.#state.senders.client.framesLost = true;
    if (sender !== "client") this.#state.senders.server.framesLost = true;
  }

  /** Bytes of a sender are missing, and no frame came behind them. */
  lost(sender: Sender, gap: Gap): void {
    this.#state.senders[sender].gap = gap;
  }

  /**
   * Opens a byte stream of the connection: one of each sender, or one of both.
   *
   * @param sender whose bytes it has; `null` to tell by the MASK bit
   * @param offset of its first byte
   * @param limit decides where its frames end
   */
  frames(sender: Sender | null, offset = 0, limit: FrameLimit | null = null): FrameStream {
    return new FrameStream(this.#state, sender, offset, limit);
  }

  /**
   * Says that all byte streams are over (each reader's `end` comes first).
   *
   * @param ended how the TCP connection ended, where the input shows that
   */
  end(ended: ConnectionEnd | null = null): void {
    const { stream } = this.#state;
    this.#state.giveUpRequest();
    const { client, server } = this.#state.senders;
    for (const direction of [client, server]) {
      const { sender, bytes, bodyBytes, frameBytes, frames, messages, assembler, gap } = direction;
      if (!direction.isHere) continue;
      const rsv1Guess = assembler.undecided;
      const unansweredPings = this.#unanswered(direction);
      const openMessage = assembler.giveUp();
      const counts = { bytes, bodyBytes, frameBytes, frames, messages };
      const { uncertain } = assembler;
      this.#state.sink.end({ stream, sender, ...counts, openMessage, uncertain, rsv1Guess, unansweredPings, gap });
    }
    const totals = { client: this.#totals(client), server: this.#totals(server) };
    const framesLost = { client: client.framesLost, server: server.framesLost };
    this.#state.sink.closed({ stream, totals, closes: this.#state.closes, opened: this.#switched, ended, framesLost });
  }

  #totals(direction: SenderState): SenderTotals | null {
    return direction.totals(this.#unanswered(direction).length + (this.#state.lossy ? 0 : direction.forgottenPings));
  }

  /** A sender's pings without a pong; none where the other sender's frames are not all here. */
  #unanswered({ sender, waitingPings }: SenderState): readonly Ping[] {
    return this.#state.other(sender).frames > 0 && !this.#state.lossy ? waitingPings : [];
  }
}

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
