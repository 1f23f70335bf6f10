import { type Frame, frameLength, type Sender } from "./frame.js";
import { FrameDecoder } from "./frame-decoder.js";
import { FrameReader, type ReadFrame } from "./frame-reader.js";
import {
  type FramePlace,
  type Message,
  MessageAssembler,
  type OpenMessage,
  type Utf8Error,
} from "./message-assembler.js";
import { OPCODE } from "./opcode.js";
import { type Ping, Pings } from "./pings.js";

/** A frame, and what it is to the connection. These are facts; what the RFC forbids about them is for the rules to say. */
export interface FrameEvent {
  /** Number of the connection in the input, from 0. */
  readonly stream: number;
  readonly sender: Sender;
  /** False when the sender was only told from the MASK bit. */
  readonly senderKnown: boolean;
  /** Frame number in the connection, from 0, both senders counted together. */
  readonly index: number;
  readonly frame: Frame;
  /** The unmasked payload as far as it was kept. */
  readonly payload: Uint8Array;
  /** Payload bytes that were there and not kept. */
  readonly payloadOmitted: number;
  readonly place: FramePlace;
  /** Opcode of the message that the frame belongs to, `null` for none. */
  readonly messageOpcode: number | null;
  /** Number of the message that the frame completes, in the connection, from 0; `null` when it completes none. */
  readonly messageIndex: number | null;
  /** The message that the frame completes, when it came in several fragments. */
  readonly message: Message | null;
  /** The message that the frame gave up by beginning another. */
  readonly interrupted: OpenMessage | null;
  /** Where the message's text, or a Close frame's reason, stops being UTF-8. */
  readonly utf8Error: Utf8Error | null;
  /** A Close frame's status code, `null` for other frames and where the body is shorter than 2 bytes. */
  readonly closeCode: number | null;
  /** The masking key is the one of this sender's frame before it. */
  readonly keyReused: boolean;
  /** The sender had sent a Close frame before. */
  readonly afterClose: boolean;
  /** A pong whose payload is that of no ping before it, though the other sender's frames are here. */
  readonly pongUnmatched: boolean;
}

/** One sender of a connection has nothing more to say. */
export interface EndEvent {
  readonly stream: number;
  readonly sender: Sender;
  /** Bytes of its frames. */
  readonly bytes: number;
  readonly frames: number;
  /** Data messages that were completed. */
  readonly messages: number;
  /** The message whose final fragment did not come. */
  readonly openMessage: OpenMessage | null;
  /** Pings that no pong answered; none where the other sender's frames are not here. */
  readonly unansweredPings: readonly Ping[];
}

/** Receives what happens on a connection, in the order read. */
export interface ConnectionSink {
  frame(event: FrameEvent): void;
  end(event: EndEvent): void;
}

export interface ConnectionOptions {
  /** Number of the connection in the input. */
  readonly stream: number;
  /** Bytes of one payload that are kept; the rest is validated and counted. */
  readonly keep: number;
}

/** What a connection remembers of one sender. */
class Direction {
  bytes = 0;
  frames = 0;
  messages = 0;
  closeSent = false;
  /** Masking key of the frame before, `null` when that was not masked. */
  lastKey: number | null = null;
  readonly pings: Pings = new Pings();
  readonly assembler: MessageAssembler;
  readonly sender: Sender;

  constructor(sender: Sender, keep: number) {
    this.sender = sender;
    this.assembler = new MessageAssembler(keep);
  }
}

/** The frames and messages of one connection, from one byte stream of both senders or from one of each (RFC 6455 §5). */
export class Connection {
  readonly #sink: ConnectionSink;
  readonly #options: ConnectionOptions;
  readonly #directions: Readonly<Record<Sender, Direction>>;
  #frames = 0;
  #messages = 0;

  constructor(sink: ConnectionSink, options: ConnectionOptions) {
    this.#sink = sink;
    this.#options = options;
    this.#directions = {
      client: new Direction("client", options.keep),
      server: new Direction("server", options.keep),
    };
  }

  /**
   * Opens a byte stream of this connection.
   *
   * @param sender whose bytes it has; `null` when they may be both senders', told apart by the MASK bit
   */
  open(sender: Sender | null): FrameDecoder {
    const reader = new FrameReader(sender, this.#options.keep, {
      assembler: (one) => this.#directions[one].assembler,
      ended: (frame, one, read) => this.#ended(frame, this.#directions[one], sender !== null, read),
    });
    return new FrameDecoder(reader);
  }

  /** Says that all byte streams are over (each decoder's `end` comes first). */
  end(): void {
    const { stream } = this.#options;
    for (const { sender, bytes, frames, messages, assembler, pings } of Object.values(this.#directions)) {
      if (frames === 0) continue;
      const unansweredPings = this.#other(sender).frames > 0 ? pings.waiting : [];
      this.#sink.end({ stream, sender, bytes, frames, messages, openMessage: assembler.open, unansweredPings });
    }
  }

  #other(sender: Sender): Direction {
    return this.#directions[sender === "client" ? "server" : "client"];
  }

  /** Follows pings and their answers; says whether a pong answers none. */
  #follow(frame: Frame, sender: Sender, index: number, control: Uint8Array): boolean {
    // After a Close frame of its own, a sender's pings need no answer.
    if (frame.opcode === OPCODE.ping && !this.#directions[sender].closeSent) {
      const ping = { index, offset: frame.offset, length: frameLength(frame) };
      this.#directions[sender].pings.sent(ping, keyOf(control));
    }
    if (frame.opcode !== OPCODE.pong) return false;
    const other = this.#other(sender);
    return !other.pings.answered(keyOf(control)) && other.frames > 0;
  }

  /** A frame is over: what it is to the connection is put together and handed on. */
  #ended(frame: Frame, direction: Direction, senderKnown: boolean, read: ReadFrame): void {
    const index = this.#frames++;
    const { assembler } = direction;
    const { place } = read;
    let message: Message | null = null;
    let { utf8Error } = read;
    if (frame.complete && read.messageOpcode !== null) {
      const ended = assembler.end(frame, place, index);
      message = ended.message;
      utf8Error ??= ended.utf8Error;
    }
    const completes = frame.complete && (place === "whole" || place === "last");
    const messageIndex = completes ? this.#messages++ : null;
    const event: FrameEvent = {
      stream: this.#options.stream,
      sender: direction.sender,
      senderKnown,
      index,
      frame,
      payload: read.payload,
      payloadOmitted: read.payloadOmitted,
      place,
      messageOpcode: read.messageOpcode,
      messageIndex,
      message,
      interrupted: read.interrupted,
      utf8Error,
      closeCode: read.closeCode,
      keyReused: frame.masked && frame.cutHeader === null && frame.maskingKey === direction.lastKey,
      afterClose: direction.closeSent,
      pongUnmatched: frame.complete && this.#follow(frame, direction.sender, index, read.control),
    };
    direction.bytes += frameLength(frame);
    direction.frames++;
    if (completes) direction.messages++;
    direction.lastKey = frame.masked ? frame.maskingKey : null;
    if (frame.opcode === OPCODE.close) direction.closeSent = true;
    this.#sink.frame(event);
  }
}

/** The bytes of a control frame as a string, for comparing. */
function keyOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}
