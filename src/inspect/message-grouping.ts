import type { FrameEvent, SenderEndEvent } from "../protocol/connection-events.js";
import type { Sender } from "../protocol/frame/frame.js";
import type { Message } from "../protocol/message-assembler.js";
import { completedMessage, type MessageEvent } from "../protocol/message-event.js";
import type { Finding } from "../rules/judge.js";

/** Receives messages, and the frames outside messages. */
export interface GroupingSink {
  frame(event: FrameEvent, findings: readonly Finding[]): void;
  message(event: MessageEvent, findings: readonly Finding[]): void;
}

/** The maximum number of findings to keep for one message: a million fragments may have as many. */
const MAX_KEPT_FINDINGS = 10_000;

/** Replaces the frames of each message by the message, with their findings; other frames pass through. */
export class MessageGrouping {
  readonly #sink: GroupingSink;
  readonly #note: (line: string) => void;
  /** The findings of each sender's open message. */
  #findings: Record<Sender, Finding[]> = { client: [], server: [] };
  #omittedFindings = 0;

  constructor(sink: GroupingSink, note: (line: string) => void) {
    this.#sink = sink;
    this.#note = note;
  }

  frame(event: FrameEvent, findings: readonly Finding[]): void {
    const { sender, abandonedMessage, place, frame } = event;
    if (abandonedMessage !== null) this.#emitAbandoned(event, abandonedMessage);
    const inOpenMessage = place === "middle" || place === "last" || (place === "first" && frame.complete);
    const completed = completedMessage(event);
    if (completed === null && !inOpenMessage) {
      this.#sink.frame(event, findings);
      return;
    }
    this.#addFindings(sender, findings);
    if (completed !== null) this.#sink.message(completed, this.#takeFindings(sender));
  }

  /** Shows a sender's incomplete message after the sender's bytes have ended. */
  end(event: SenderEndEvent): void {
    if (event.openMessage !== null) this.#emitAbandoned({ ...event, at: null, subprotocol: null }, event.openMessage);
  }

  #emitAbandoned({ stream, sender, at, subprotocol }: Omit<MessageEvent, "index" | "message">, message: Message): void {
    this.#sink.message({ stream, sender, index: null, message, at, subprotocol }, this.#takeFindings(sender));
  }

  #addFindings(sender: Sender, findings: readonly Finding[]): void {
    const kept = this.#findings[sender];
    const room = Math.max(0, MAX_KEPT_FINDINGS - kept.length);
    kept.push(...findings.slice(0, room));
    this.#omittedFindings += Math.max(0, findings.length - room);
  }

  #takeFindings(sender: Sender): readonly Finding[] {
    const findings = this.#findings[sender];
    this.#findings[sender] = [];
    if (this.#omittedFindings > 0)
      this.#note(`${this.#omittedFindings} findings of one message not shown: the limit is ${MAX_KEPT_FINDINGS}`);
    this.#omittedFindings = 0;
    return findings;
  }
}
