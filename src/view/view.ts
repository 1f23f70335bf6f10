import type { ByteWriter } from "../bytes/byte-writer.js";
import type { SafeText } from "../bytes/safe-text.js";
import type { ConnectionEndEvent, FrameEvent, SenderEndEvent } from "../protocol/connection-events.js";
import type { FastFrame } from "../protocol/fast-frame.js";
import type { HandshakeEvent } from "../protocol/handshake/handshake.js";
import type { MessageEvent } from "../protocol/message-event.js";
import type { Finding } from "../rules/judge.js";
import type { Theme } from "./theme.js";

/** What a view works with. */
export interface ViewContext {
  /** Writes the next piece of output. */
  write(piece: SafeText | Uint8Array): void;
  /** The buffer of the output: a view may write to it directly, and take back what it wrote since it last reserved room. */
  readonly out: ByteWriter;
  /** Shows a line to the user, apart from the output. */
  note(line: string): void;
  readonly theme: Theme;
  /** The width of the output in terminal columns. */
  readonly columns: number;
}

/** The start of a connection in a capture. */
export interface ConnectionStartEvent {
  readonly stream: number;
  /** The addresses of the client and of the server: `127.0.0.1:38648`; `null` if unknown. */
  readonly endpoints: readonly [string, string] | null;
  /** The evidence that it is WebSocket: its handshake, the shape of its bytes, or an option of the user. */
  readonly evidence: "handshake" | "shape" | "forced";
}

/** Turns events into text as they arrive. */
export interface View {
  /** A connection of a capture starts. */
  connection(event: ConnectionStartEvent): void;
  handshake(event: HandshakeEvent, findings: readonly Finding[]): void;
  frame(event: FrameEvent, findings: readonly Finding[]): void;
  /** An ordinary frame without findings: a fast path for views that show many frames. */
  fastFrame?(frame: FastFrame): void;
  /** A message, instead of its frames. */
  message(event: MessageEvent, findings: readonly Finding[]): void;
  /** The bytes of a sender have ended. */
  end(event: SenderEndEvent, findings: readonly Finding[]): void;
  /** A connection is over. */
  closed(event: ConnectionEndEvent): void;
  /** The output is over. */
  close(): void;
}

/** A view, in a file of its own and registered in `views.ts`. */
export interface ViewModule {
  /** The most payload bytes that the view can show. */
  readonly maxPayloadShown: number;
  open(context: ViewContext): View;
}
