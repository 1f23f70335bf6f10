import type { PacketTimestamp } from "../bytes/packet-timestamp.js";
import type { FrameEvent } from "./connection-events.js";
import { frameLength, type Sender } from "./frame/frame.js";
import { FrameNumbers } from "./frame-numbers.js";
import type { Message } from "./message-assembler.js";

/** A data message as a whole, or what there is of one that was given up. */
export interface MessageEvent {
  /** Number of the connection in the input, from 0. */
  readonly stream: number;
  readonly sender: Sender;
  /** Number of the message in the connection, from 0; `null` for one that was not completed. */
  readonly index: number | null;
  readonly message: Message;
  /** When and where in a capture it was complete; `null` where the input does not say. */
  readonly at: PacketTimestamp | null;
  /** The subprotocol that the handshake chose. */
  readonly subprotocol: string | null;
}

/** The message that a frame completes, `null` when it completes none. */
export function completedMessage(event: FrameEvent): MessageEvent | null {
  const { stream, sender, messageIndex, at, subprotocol } = event;
  if (messageIndex === null) return null;
  return {
    stream,
    sender,
    index: messageIndex,
    message: event.message ?? buildSingleFrameMessage(event),
    at,
    subprotocol,
  };
}

function buildSingleFrameMessage({ frame, index, payload, payloadOmitted }: FrameEvent): Message {
  const length = frameLength(frame);
  return {
    opcode: frame.opcode,
    frames: new FrameNumbers(index),
    firstFrame: { offset: frame.offset, length },
    complete: true,
    compressed: false,
    inflated: "no",
    wireLength: length,
    wirePayloadLength: frame.payloadReceived,
    payloadLength: frame.payloadReceived,
    payload,
    payloadOmitted,
  };
}
