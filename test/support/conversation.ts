import { ByteStream, Connection, type ConnectionEndEvent, type HandshakeEvent, type Sender } from "../../src/index.js";
import { completedMessage } from "../../src/protocol/message-event.js";
import { type Finding, judgeEnd, judgeFrame, judgeHandshake } from "../../src/rules/judge.js";
import type { ByteRecording } from "./recording.js";

/** A data message before it was sent. */
export interface SentMessage {
  readonly opcode: number;
  readonly payload: Uint8Array;
}

/** What wsframe decodes from a connection. */
export interface Conversation {
  readonly handshakes: readonly HandshakeEvent[];
  readonly messages: Readonly<Record<Sender, readonly SentMessage[]>>;
  readonly findings: readonly Finding[];
  readonly closed: ConnectionEndEvent;
  /** The number of control frames, of fragments after the first, and of compressed messages. */
  readonly counts: { readonly control: number; readonly continuations: number; readonly compressed: number };
}

/** Reads a connection from two byte streams, one per side, in the given pieces. */
export function readConversation(recording: Iterable<ByteRecording[number]>): Conversation {
  const handshakes: HandshakeEvent[] = [];
  const messages = { client: [] as SentMessage[], server: [] as SentMessage[] };
  const findings: Finding[] = [];
  const counts = { control: 0, continuations: 0, compressed: 0 };
  let closed: ConnectionEndEvent | null = null;
  const connection = new Connection(
    {
      handshake(event) {
        handshakes.push(event);
        findings.push(...judgeHandshake(event));
      },
      frame(event) {
        findings.push(...judgeFrame(event));
        if (event.place === "control") counts.control++;
        if (event.frame.opcode === 0) counts.continuations++;
        const whole = completedMessage(event);
        if (whole === null) return;
        const { opcode, payload, compressed } = whole.message;
        if (compressed) counts.compressed++;
        messages[event.sender].push({ opcode, payload });
      },
      end(event) {
        findings.push(...judgeEnd(event));
      },
      closed(event) {
        closed = event;
      },
    },
    { stream: 0, keep: 2 ** 24 },
  );
  const stream = (sender: Sender): ByteStream => new ByteStream({ sender, nextConnection: () => connection });
  const streams = { client: stream("client"), server: stream("server") };
  for (const { sender, bytes } of recording) streams[sender].push(bytes);
  streams.client.end();
  streams.server.end();
  connection.end();
  return { handshakes, messages, findings, closed: closed as unknown as ConnectionEndEvent, counts };
}
