import type { CloseFrame, SenderTotals } from "./connection-events.js";
import { type Frame, frameLength, type Sender } from "./frame/frame.js";
import type { Gap } from "./gap.js";
import type { Message, MessageAssembler } from "./message-assembler.js";
import { type Ping, PingTracker } from "./pings.js";

const NO_PINGS: readonly Ping[] = [];

/** The state of one sender of a connection. */
export class SenderState {
  bytes = 0;
  bodyBytes = 0;
  frameBytes = 0;
  frames = 0;
  messages = 0;
  trailingGap: Gap | null = null;
  /** Its first Close frame. */
  close: CloseFrame | null = null;
  /** Masking key of the frame before, `null` when that was not masked, or is unknown. */
  lastMaskingKey: number | null = null;
  #compressedMessages = 0;
  #compressedBytes = 0;
  #inflatedBytes = 0;
  /** Made when the first ping comes. */
  #pings: PingTracker | null = null;
  readonly assembler: MessageAssembler;
  readonly sender: Sender;

  constructor(sender: Sender, assembler: MessageAssembler) {
    this.sender = sender;
    this.assembler = assembler;
  }

  /** Its pings that no pong has answered, and how many more were forgotten. */
  get pendingPings(): readonly Ping[] {
    return this.#pings?.pending ?? NO_PINGS;
  }

  get forgottenPings(): number {
    return this.#pings?.forgotten ?? 0;
  }

  /** It sent a ping, with these bytes as a string. */
  addPing(ping: Ping, payload: string): void {
    this.#pings ??= new PingTracker();
    this.#pings.addPing(ping, payload);
  }

  /** Adds a pong of the other sender. @returns whether it answers a ping of this one */
  answerPing(payload: string, time: bigint | null): boolean {
    return this.#pings?.answerPing(payload, time) ?? false;
  }

  countFrame(frame: Frame): void {
    const length = frameLength(frame);
    this.bytes += length;
    this.frameBytes += length;
    this.frames++;
    this.lastMaskingKey = frame.masked ? frame.maskingKey : null;
  }

  /** Frames were counted that are each a whole message, and not compressed. */
  countFastFrames(frames: number, bytes: number, lastKey: number | null): void {
    this.bytes += bytes;
    this.frameBytes += bytes;
    this.frames += frames;
    this.messages += frames;
    this.lastMaskingKey = lastKey;
  }

  countCompressed({ inflated, wirePayloadLength, payloadLength }: Message): void {
    this.#compressedMessages++;
    if (inflated !== "whole") return;
    this.#compressedBytes += wirePayloadLength;
    this.#inflatedBytes += payloadLength;
  }

  /** Its first Close frame was read. */
  recordClose(index: number, code: number | null, control: Uint8Array): CloseFrame {
    this.close = { sender: this.sender, index, code, reason: control.subarray(2), bodyLength: control.length };
    return this.close;
  }

  /** Whether anything of it is in the input. */
  get isPresent(): boolean {
    return this.bytes > 0 || this.messages > 0 || this.close !== null;
  }

  /** Whether bytes are missing in which frames may have been. */
  framesLost = false;

  /** What it came to; `null` when nothing of it is here. */
  totals(unansweredPings: number): SenderTotals | null {
    if (!this.isPresent) return null;
    return {
      frames: this.frames,
      messages: this.messages,
      compressedMessages: this.#compressedMessages,
      compressedBytes: this.#compressedBytes,
      inflatedBytes: this.#inflatedBytes,
      pings: this.#pings?.count ?? 0,
      unansweredPings,
      roundTrip: this.#pings?.roundTrip ?? null,
      close: this.close,
    };
  }
}
