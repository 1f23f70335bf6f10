import type { PacketTimestamp } from "../bytes/packet-timestamp.js";

/** One of the two ends of a connection: 0 opened it, or sent first where the opening is not in the input. */
export type Side = 0 | 1;

/** What is known of a connection when its first bytes come. */
export interface ConnectionStart {
  /** Such as `"127.0.0.1:38648"`, for side 0 and side 1; `null` where unknown. */
  readonly endpoints: readonly [string, string] | null;
  /** Whether the input shows that side 0 opened the connection: by its SYN, or by naming the client. */
  readonly isOpenerKnown: boolean;
}

/** A message of an input that holds messages and no frames. */
export interface CapturedMessage {
  readonly side: Side;
  /** 1 text, 2 binary; a control message's opcode where the input has those. */
  readonly opcode: number;
  readonly payload: Uint8Array;
  readonly at: PacketTimestamp;
}

/** How the TCP connection ended: a side closed it first, or reset it, or it was open when the capture was over. */
export type TransportEnd = { readonly kind: "closed" | "reset"; readonly by: Side } | { readonly kind: "open" };

/** Takes what the two sides of one connection sent, in the order of the capture. */
export interface ConnectionReceiver {
  /** The next bytes of a side; they are valid only during the call. */
  data(side: Side, bytes: Uint8Array, at: PacketTimestamp): void;
  /** Bytes of a side are missing here. */
  gap(side: Side, length: number, at: PacketTimestamp): void;
  /** A whole message, where the input has no frames. */
  message(message: CapturedMessage): void;
  /** Ends the connection, or the input. `transport` is missing where it is unknown how the connection ended. */
  end(transport?: TransportEnd): void;
}

/** Takes the connections of a capture. */
export interface TrafficSink {
  connection(start: ConnectionStart): ConnectionReceiver;
  /** Reports a line on stderr: what the input lacks, or what limits how it was read. */
  note(line: string): void;
}

/** The other end of a connection. */
export function otherSide(side: Side): Side {
  return side === 0 ? 1 : 0;
}
