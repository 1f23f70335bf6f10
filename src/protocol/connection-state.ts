import type { PacketTimestamp } from "../bytes/packet-timestamp.js";
import type { CloseFrame } from "./connection-events.js";
import type { ConnectionSink } from "./connection-sink.js";
import {
  DEFAULT_DEFLATE_AGREEMENT,
  type DeflateAgreement,
  parseDeflateAgreement,
} from "./deflate/deflate-agreement.js";
import { FailStop } from "./fail-stop.js";
import type { Sender } from "./frame/frame.js";
import type { Extension } from "./handshake/extensions.js";
import { findDeflateAgreement } from "./handshake/handshake.js";
import { PendingHandshake } from "./handshake/pending-handshake.js";
import { MessageAssembler, type Rsv1Meaning } from "./message-assembler.js";
import { SenderState } from "./sender-state.js";

/** How a connection is read. */
export interface ConnectionOptions {
  /** Number of the connection in the input. */
  readonly stream: number;
  /** Bytes of one payload that are kept; the rest is validated and counted. */
  readonly keep: number;
  /** Bytes after which a message that inflates out of proportion is inflated no further; 16 MiB when missing. */
  readonly inflateLimit?: number;
  /** The agreed extensions, for an input without a handshake; `null` or missing: unknown. */
  readonly extensions?: readonly Extension[] | null;
  /** Whether messages keep the compressed payload that they had on the wire. */
  readonly leaveCompressed?: boolean;
}

const DEFAULT_INFLATE_LIMIT_BYTES = 16 * 1024 * 1024;
const NO_CLOSES: readonly CloseFrame[] = [];

/** The state of a connection, which its byte streams share. */
export class ConnectionState {
  readonly sink: ConnectionSink;
  /** Runs everything that may call the sink. */
  readonly failStop: FailStop = new FailStop();
  /** As in {@link ConnectionOptions}. */
  readonly stream: number;
  readonly keep: number;
  readonly senderStates: Readonly<Record<Sender, SenderState>>;
  readonly pendingHandshake: PendingHandshake;
  /** Time and place in the capture of the bytes that are read now; `null` where unknown. */
  at: PacketTimestamp | null = null;
  /** The numbers that the next frame and the next message have. */
  nextFrameIndex = 0;
  nextMessageIndex = 0;
  /** What RSV1 means now, and how each sender compresses. */
  rsv1: Rsv1Meaning = "unknown";
  deflateAgreement: DeflateAgreement = DEFAULT_DEFLATE_AGREEMENT;
  /** Whether an extension was agreed, or may have been, that gives RSV bits another meaning. */
  mayHaveOtherExtensions = false;
  /** The subprotocol that the handshake chose. */
  subprotocol: string | null = null;
  /** Whether bytes of either sender are missing. */
  hasGaps = false;
  /** The Close frames, at most one of each sender, in the order read. */
  closes: readonly CloseFrame[] = NO_CLOSES;

  constructor(sink: ConnectionSink, options: ConnectionOptions) {
    const {
      stream,
      keep,
      inflateLimit = DEFAULT_INFLATE_LIMIT_BYTES,
      leaveCompressed = false,
      extensions = null,
    } = options;
    this.sink = sink;
    this.stream = stream;
    this.keep = keep;
    this.pendingHandshake = new PendingHandshake(stream);
    const assembled = { keep, inflateLimit, leaveCompressed };
    this.senderStates = {
      client: new SenderState("client", new MessageAssembler(assembled)),
      server: new SenderState("server", new MessageAssembler(assembled)),
    };
    if (extensions !== null) this.applyExtensions(extensions);
  }

  getPeer(sender: Sender): SenderState {
    return this.senderStates[sender === "client" ? "server" : "client"];
  }

  /** These extensions hold from now on (RFC 7692 §6). */
  applyExtensions(extensions: readonly Extension[]): void {
    const agreement = findDeflateAgreement(extensions);
    const others = extensions.some((extension) => parseDeflateAgreement(extension) === null);
    this.mayHaveOtherExtensions = others;
    this.rsv1 = agreement !== null ? "agreed" : others ? "other" : "none";
    this.deflateAgreement = agreement ?? DEFAULT_DEFLATE_AGREEMENT;
    for (const { assembler } of Object.values(this.senderStates)) assembler.resetCompression();
  }

  /** Reports a request that will get no response. */
  abandonRequest(): void {
    const event = this.pendingHandshake.abandon(this.at);
    if (event !== null) this.sink.handshake(event);
  }

  /** The first Close frame of a sender, or its Close message, was read. */
  addClose(sender: SenderState, index: number, code: number | null, control: Uint8Array): void {
    this.closes = [...this.closes, sender.recordClose(index, code, control)];
  }
}
