import type { ConnectionEndEvent, FrameEvent, SenderEndEvent } from "./connection-events.js";
import type { FastFrame } from "./fast-frame.js";
import type { HandshakeEvent } from "./handshake/handshake.js";
import type { MessageEvent } from "./message-event.js";

/** Receives what happens on a connection, in the order read. */
export interface ConnectionSink {
  handshake(event: HandshakeEvent): void;
  frame(event: FrameEvent): void;
  /**
   * A frame about which no rule can speak, told in a way that costs next to nothing. A sink that leaves this out gets events
   * of all frames.
   */
  fastFrame?(frame: FastFrame): void;
  /** A message of an input that has no frames. A sink that leaves this out gets none. */
  message?(event: MessageEvent): void;
  end(event: SenderEndEvent): void;
  closed(event: ConnectionEndEvent): void;
}
