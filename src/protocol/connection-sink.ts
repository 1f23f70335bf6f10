import type { ConnectionEndEvent, FrameEvent, SenderEndEvent } from "./connection-events.js";
import type { FastFrame } from "./fast-frame.js";
import type { HandshakeEvent } from "./handshake/handshake.js";
import type { MessageEvent } from "./message-event.js";

/**
 * Receives what happens on a connection, in the order read. An error that a method throws stops the
 * connection for good.
 */
export interface ConnectionSink {
  handshake(event: HandshakeEvent): void;
  frame(event: FrameEvent): void;
  /**
   * A frame that no rule can object to, reported in a form that costs next to nothing. A sink without this method gets an
   * event for every frame.
   */
  fastFrame?(frame: FastFrame): void;
  /** A message of an input without frames. A sink without this method gets none. */
  message?(event: MessageEvent): void;
  end(event: SenderEndEvent): void;
  closed(event: ConnectionEndEvent): void;
}
