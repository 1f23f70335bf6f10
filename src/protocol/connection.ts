import type { PacketTimestamp } from "../bytes/packet-timestamp.js";
import type { SenderTotals, TcpEnd } from "./connection-events.js";
import type { ConnectionSink } from "./connection-sink.js";
import { type ConnectionOptions, ConnectionState } from "./connection-state.js";
import { parseCloseCode } from "./frame/close-code.js";
import type { FrameLimit } from "./frame/decoder.js";
import type { Sender } from "./frame/frame.js";
import { isControl, OPCODE } from "./frame/opcode.js";
import { FrameNumbers } from "./frame-numbers.js";
import { FrameStream } from "./frame-stream.js";
import type { Gap } from "./gap.js";
import { findDeflateAgreement, isInterim, switchesProtocols } from "./handshake/handshake.js";
import type { HttpHead } from "./handshake/http-head.js";
import type { Message, Rsv1Meaning } from "./message-assembler.js";
import type { Ping } from "./pings.js";
import type { SenderState } from "./sender-state.js";

/**
 * The handshake, frames and messages of one connection, from one byte stream of both senders or from one of each.
 *
 * An error that the sink throws passes unchanged through the call that led to it. The connection then reports nothing more:
 * whatever would reach its sink, from any of its byte streams, throws the same error again.
 */
export class Connection {
  readonly #state: ConnectionState;
  /** Whether the caller gave the extensions: then a truncated handshake leaves no doubt about the RSV bits. */
  readonly #extensionsGiven: boolean;
  #hasSwitchedProtocols = false;

  constructor(sink: ConnectionSink, options: ConnectionOptions) {
    this.#state = new ConnectionState(sink, options);
    this.#extensionsGiven = (options.extensions ?? null) !== null;
  }

  /** Time and place in the capture of the bytes that are read now; `null` where unknown. */
  set at(at: PacketTimestamp | null) {
    this.#state.at = at;
  }

  /** Whether a further request begins another connection: this one has frames, waits for a response, or had its 101. */
  get hasStarted(): boolean {
    return this.#state.nextFrameIndex > 0 || this.#state.pendingHandshake.isWaiting || this.#hasSwitchedProtocols;
  }

  /** The current meaning of RSV1. */
  get rsv1(): Rsv1Meaning {
    return this.#state.rsv1;
  }

  /** Adds an HTTP head (RFC 6455 §4). */
  addHead(head: HttpHead): void {
    this.#state.failStop.run(() => this.#readHead(head));
  }

  #readHead(head: HttpHead): void {
    const sender = head.kind === "request" ? "client" : "server";
    this.#state.senderStates[sender].bytes += head.length;
    if (head.kind === "request") {
      this.#state.abandonRequest();
      this.#state.pendingHandshake.addRequest(head, this.#state.at);
      return;
    }
    if (isInterim(head)) {
      this.#state.pendingHandshake.addInterim(head);
      return;
    }
    const event = this.#state.pendingHandshake.complete(head, this.#state.at);
    this.#hasSwitchedProtocols = switchesProtocols(head);
    this.#state.subprotocol = event.subprotocol;
    // The missing rest of a head may agree on compression, and on any other extension.
    const known = !head.isTruncated || findDeflateAgreement(event.extensions) !== null;
    if (this.#hasSwitchedProtocols && known) this.#state.applyExtensions(event.extensions);
    if (head.isTruncated && !this.#extensionsGiven) this.#state.mayHaveOtherExtensions = true;
    this.#state.sink.handshake(event);
  }

  /** Counts bytes of a sender that are the body of an HTTP message. */
  countBodyBytes(sender: Sender, bytes: number): void {
    this.#state.senderStates[sender].bytes += bytes;
    this.#state.senderStates[sender].bodyBytes += bytes;
  }

  /** Counts bytes of a sender that are skipped: after a gap, or in a head that is too long. */
  countSkippedBytes(sender: Sender, bytes: number): void {
    this.#state.senderStates[sender].bytes += bytes;
  }

  /** Adds a whole message of an input without frames. @param opcode 0–15 */
  addMessage(sender: Sender, opcode: number, payload: Uint8Array): void {
    this.#state.failStop.run(() => this.#readMessage(sender, opcode, payload));
  }

  #readMessage(sender: Sender, opcode: number, payload: Uint8Array): void {
    this.#state.abandonRequest();
    const direction = this.#state.senderStates[sender];
    const index = this.#state.nextMessageIndex++;
    if (!isControl(opcode)) direction.messages++;
    else if (opcode === OPCODE.close && direction.close === null)
      this.#state.addClose(direction, index, parseCloseCode(payload), payload);
    const message: Message = { ...FRAMELESS_MESSAGE, opcode, payload, payloadLength: payload.length };
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

  /** Notes that frames may be missing: a sender's, or either's (`null`). */
  markFramesLost(sender: Sender | null): void {
    if (sender !== "server") this.#state.senderStates.client.framesLost = true;
    if (sender !== "client") this.#state.senderStates.server.framesLost = true;
  }

  /** Notes a gap of a sender that no frame follows. */
  setTrailingGap(sender: Sender, gap: Gap): void {
    this.#state.senderStates[sender].trailingGap = gap;
  }

  /**
   * Opens a byte stream of the connection: one of each sender, or one of both.
   *
   * @param sender whose bytes it has; `null` to decide by the MASK bit
   * @param offset of its first byte
   * @param limit decides where its frames end
   */
  openFrames(sender: Sender | null, offset = 0, limit: FrameLimit | null = null): FrameStream {
    return new FrameStream(this.#state, sender, offset, limit);
  }

  /**
   * Ends the connection. Each of its byte streams must have ended before.
   *
   * @param ended how the TCP connection ended; `null` where unknown
   */
  end(ended: TcpEnd | null = null): void {
    this.#state.failStop.run(() => this.#end(ended));
  }

  #end(ended: TcpEnd | null): void {
    const { stream } = this.#state;
    this.#state.abandonRequest();
    const { client, server } = this.#state.senderStates;
    for (const direction of [client, server]) {
      const { sender, bytes, bodyBytes, frameBytes, frames, messages, assembler, trailingGap } = direction;
      if (!direction.isPresent) continue;
      const rsv1Guess = assembler.pendingGuess;
      const unansweredPings = this.#unansweredPings(direction);
      const openMessage = assembler.abandonMessage();
      const counts = { bytes, bodyBytes, frameBytes, frames, messages };
      const { uncertain } = assembler;
      this.#state.sink.end({
        stream,
        sender,
        ...counts,
        openMessage,
        uncertain,
        rsv1Guess,
        unansweredPings,
        gap: trailingGap,
      });
    }
    const totals = { client: this.#senderTotals(client), server: this.#senderTotals(server) };
    const framesLost = { client: client.framesLost, server: server.framesLost };
    this.#state.sink.closed({
      stream,
      totals,
      closes: this.#state.closes,
      opened: this.#hasSwitchedProtocols,
      tcpEnd: ended,
      framesLost,
    });
  }

  #senderTotals(direction: SenderState): SenderTotals | null {
    return direction.totals(
      this.#unansweredPings(direction).length + (this.#state.hasGaps ? 0 : direction.forgottenPings),
    );
  }

  /** A sender's pings without a pong; none where frames of the other sender are missing. */
  #unansweredPings({ sender, pendingPings }: SenderState): readonly Ping[] {
    return this.#state.getPeer(sender).frames > 0 && !this.#state.hasGaps ? pendingPings : [];
  }
}

/** A message of an input without frames. */
const FRAMELESS_MESSAGE: Omit<Message, "opcode" | "payload" | "payloadLength"> = {
  frames: new FrameNumbers(),
  firstFrame: { offset: 0, length: 0 },
  complete: true,
  compressed: false,
  inflated: "no",
  wireLength: 0,
  wirePayloadLength: 0,
  payloadOmitted: 0,
};
