import type { Sender } from "../../src/index.js";

/** Bytes that one side of a connection sent. */
export interface SentBytes {
  readonly sender: Sender;
  readonly bytes: Uint8Array;
}

/** All bytes of a connection, including its HTTP heads, in the order in which a relay between the two sides saw them. */
export type ByteRecording = readonly SentBytes[];

/** The bytes of one side. */
export function joinSentBy(recording: ByteRecording, side: Sender): Buffer {
  return Buffer.concat(recording.filter(({ sender }) => sender === side).map(({ bytes }) => bytes));
}
