import type { ByteWriter } from "../bytes/byte-writer.js";
import type { SafeText } from "../bytes/safe-text.js";
import type { ConnectionEndEvent, FrameEvent, SenderEndEvent } from "../protocol/connection-events.js";
import type { FastFrame } from "../protocol/fast-frame.js";
import type { HandshakeEvent } from "../protocol/handshake/handshake.js";
import type { MessageEvent } from "../protocol/message-event.js";
import type { Finding } from "../rules/judge.js";
import type { Theme } from "./theme.js";

/** What a view is given to work with. */
export interface ViewContext {
  /** Takes the next piece of output. */
  write(piece: SafeText | Uint8Array): void;
  /** What is written goes here: a view may write straight to it, and take back what it wrote since it last made room. */
  readonly out: ByteWriter;
  /** Takes a line for the person, beside the output. */
  note(line: string): void;
  readonly theme: Theme;
  /** Width of the output in terminal columns. */
  readonly columns: number;
}

/** A connection of a capture. */
export interface ConnectionStartEvent {
  readonly stream: number;
  /** Of the client and of the server: `127.0.0.1:38648`; `null` where the input does not say. */
  readonly endpoints: readonly [string, string] | null;
  /** How it is known that it is WebSocket: by its handshake, by the shape of its bytes, or since that was said. */
  readonly evidence: "handshake" | "shape" | "forced";
}

/** Turns events into text, as they come: nothing is collected. */
export interface View {
  /** A connection of a capture begins. */
  connection(event: ConnectionStartEvent): void;
  handshake(event: HandshakeEvent, findings: readonly Finding[]): void;
  frame(event: FrameEvent, findings: readonly Finding[]): void;
  /** A frame without findings, told in a way that costs next to nothing: a view that has much to show takes them so. */
  fastFrame?(frame: FastFrame): void;
  /** A message, in place of its frames. */
  message(event: MessageEvent, findings: readonly Finding[]): void;
  /** A sender has nothing more to say. */
  end(event: SenderEndEvent, findings: readonly Finding[]): void;
  /** A connection is over: what it came to. */
  closed(event: ConnectionEndEvent): void;
  /** The output is over. */
  close(): void;
}

/** A view's module: one file each, and one line in `views.ts`. */
export interface ViewModule {
  /** Bytes of a payload that the view can show. */
  readonly maxPayloadShown: number;
  open(context: ViewContext): View;
}
