import type { PacketTimestamp } from "../bytes/packet-timestamp.js";

/** One of the two ends of a connection: 0 is the one that opened it, or spoke first where that is not seen. */
export type Side = 0 | 1;

/** What is known of a connection when its first bytes come. */
export interface ConnectionStart {
  /** `"127.0.0.1:38648"` and the like, for side 0 and side 1; `null` where the input does not say. */
  readonly endpoints: readonly [string, string] | null;
  /** Whether side 0 was seen to open the connection: by its SYN, or since the input says which is the client. */
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
  /** The connection is over, or nothing more of it will come. How it ended is left out where the input does not say. */
  end(transport?: TransportEnd): void;
}

/** Takes the connections of a capture. */
export interface TrafficSink {
  connection(start: ConnectionStart): ConnectionReceiver;
  /** Takes a line for the person: what the input lacks, or was read with a reservation. */
  note(line: string): void;
}

/** The other end of a connection. */
export function otherSide(side: Side): Side {
  return side === 0 ? 1 : 0;
}
