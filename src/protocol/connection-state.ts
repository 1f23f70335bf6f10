import type { Moment } from "../bytes/packet-timestamp.js";
import type { CloseSent } from "./connection-events.js";
import type { ConnectionSink } from "./connection-sink.js";
import { type DeflateAgreement, deflateAgreement, USUAL_AGREEMENT } from "./deflate/deflate-agreement.js";
import type { Sender } from "./frame/frame.js";
import type { Extension } from "./handshake/extensions.js";
import { compressionIn } from "./handshake/handshake.js";
import { PendingHandshake } from "./handshake/pending-handshake.js";
import { MessageAssembler, type Rsv1Meaning } from "./message-assembler.js";
import { SenderState } from "./sender-state.js";

/** How a connection is read. */
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

const USUAL_INFLATE_LIMIT = 16 * 1024 * 1024;
const NO_CLOSES: readonly CloseSent[] = [];

/** What is known of a connection so far: its byte streams read and write it, each for its part. */
export class ConnectionState {
  readonly sink: ConnectionSink;
  /** As in {@link ConnectionOptions}. */
  readonly stream: number;
  readonly keep: number;
  readonly senders: Readonly<Record<Sender, SenderState>>;
  readonly handshake: PendingHandshake;
  /** When and where in a capture the bytes stood that are read now; `null` where the input does not say. */
  at: Moment | null = null;
  /** The numbers that the next frame and the next message have. */
  nextFrame = 0;
  nextMessage = 0;
  /** What RSV1 means now, and how each sender compresses. */
  rsv1: Rsv1Meaning = "unknown";
  agreement: DeflateAgreement = USUAL_AGREEMENT;
  /** Whether an extension was agreed, or may have been, that gives RSV bits another meaning. */
  otherExtensions = false;
  /** The subprotocol that the handshake chose. */
  subprotocol: string | null = null;
  /** Whether bytes of either sender are missing. */
  lossy = false;
  /** The Close frames, at most one of each sender, in the order read. */
  closes: readonly CloseSent[] = NO_CLOSES;

  constructor(sink: ConnectionSink, options: ConnectionOptions) {
    const { stream, keep, inflateLimit = USUAL_INFLATE_LIMIT, leaveCompressed = false, extensions = null } = options;
    this.sink = sink;
    this.stream = stream;
    this.keep = keep;
    this.handshake = new PendingHandshake(stream);
    const assembled = { keep, inflateLimit, leaveCompressed };
    this.senders = {
      client: new SenderState("client", new MessageAssembler(assembled)),
      server: new SenderState("server", new MessageAssembler(assembled)),
    };
    if (extensions !== null) this.agree(extensions);
  }

  other(sender: Sender): SenderState {
    return this.senders[sender === "client" ? "server" : "client"];
  }

  /** These extensions hold from now on (RFC 7692 §6). */
  agree(extensions: readonly Extension[]): void {
    const agreement = compressionIn(extensions);
    const others = extensions.some((extension) => deflateAgreement(extension) === null);
    this.otherExtensions = others;
    this.rsv1 = agreement !== null ? "agreed" : others ? "other" : "none";
    this.agreement = agreement ?? USUAL_AGREEMENT;
    for (const { assembler } of Object.values(this.senders)) assembler.agree();
  }

  /** The request that waits gets no response any more. */
  giveUpRequest(): void {
    const event = this.handshake.givenUp(this.at);
    if (event !== null) this.sink.handshake(event);
  }

  /** The first Close frame of a sender, or its Close message, was read. */
  closed(sender: SenderState, index: number, code: number | null, control: Uint8Array): void {
    this.closes = [...this.closes, sender.closed(index, code, control)];
  }
}
