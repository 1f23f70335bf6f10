import type { ClosedEvent, EndEvent, FrameEvent } from "./connection-events.js";
import type { OrdinaryFrame } from "./fast-frame.js";
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
  ordinary?(frame: OrdinaryFrame): void;
  /** A message of an input that has no frames. A sink that leaves this out gets none. */
  message?(event: MessageEvent): void;
  end(event: EndEvent): void;
  closed(event: ClosedEvent): void;
}
