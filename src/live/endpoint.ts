import { Connection } from "../protocol/connection.js";
import type { FrameEvent } from "../protocol/connection-events.js";
import { deflateMessage } from "../protocol/deflate/deflate-message.js";
import { encodeFrame } from "../protocol/frame/encoder.js";
import type { Sender } from "../protocol/frame/frame.js";
import { isControl, OPCODE } from "../protocol/frame/opcode.js";
import type { FrameStream } from "../protocol/frame-stream.js";
import type { Extension } from "../protocol/handshake/extensions.js";
import { findDeflateAgreement } from "../protocol/handshake/handshake.js";
import { completedMessage } from "../protocol/message-event.js";

/** The behaviour of an endpoint, which may break the RFC. */
export interface EndpointPolicy {
  /** Whether the endpoint is the client or the server. */
  readonly role: Sender;
  /** Whether to answer pings. */
  readonly answersPings: boolean;
  /** The status code for the answer to a Close frame; `null` to echo the received one. */
  readonly closeCode: number | null;
  /** The maximum size of a fragment, in bytes; `null` to send one frame per message. */
  readonly fragmentSize: number | null;
  /** Whether to mask frames, as a client must. */
  readonly mask: boolean;
  /** The maximum size of a received message, in bytes: a larger one ends the connection with 1009. */
  readonly maxMessageBytes: number;
}

/** The services of the connection that an endpoint uses, and its callbacks. */
export interface EndpointHost {
  /** Sends bytes to the other side. */
  send(bytes: Uint8Array): void;
  /** Returns four random bytes as a number. */
  maskingKey(): number;
  /** The status code for failing the connection after a frame; `null` if the frame is acceptable. */
  findFailCode(frame: FrameEvent): number | null;
  /** Called for each data message. */
  message(opcode: number, payload: Uint8Array): void;
  /** Called when both sides have sent Close or the connection failed: nothing more is sent. */
  closed(): void;
}

/** The status code of a received Close frame; `null` if it has none. */
export type ReceivedClose = { readonly code: number | null } | null;

/** One end of a WebSocket connection: it answers pings and Close, and fails the connection where it must (RFC 6455 §5.5, §7). */
export class Endpoint {
  readonly #policy: EndpointPolicy;
  readonly #host: EndpointHost;
  readonly #frames: FrameStream;
  /** The window for compression; `null` without compression. */
  readonly #windowBits: number | null;
  #hasSentClose = false;
  #receivedClose: ReceivedClose = null;
  #isClosed = false;

  /** @param extensions the agreed extensions */
  constructor(conduct: EndpointPolicy, extensions: readonly Extension[], host: EndpointHost) {
    this.#policy = conduct;
    this.#host = host;
    const connection = new Connection(
      { handshake() {}, frame: (event) => this.#handleFrame(event), end() {}, closed() {} },
      { stream: 0, keep: conduct.maxMessageBytes, inflateLimit: conduct.maxMessageBytes, extensions },
    );
    this.#frames = connection.openFrames(conduct.role === "client" ? "server" : "client");
    this.#windowBits = findDeflateAgreement(extensions)?.[conduct.role].windowBits ?? null;
  }

  /** The Close frame from the other side; `null` until it arrives. */
  get receivedClose(): ReceivedClose {
    return this.#receivedClose;
  }

  /** Whether the closing handshake is complete. */
  get isClosingComplete(): boolean {
    return this.#hasSentClose && this.#receivedClose !== null;
  }

  /** Receives bytes from the other side. */
  receive(bytes: Uint8Array): void {
    if (this.#isClosed) return;
    this.#frames.push(bytes);
    // The rest of the frame is not awaited, because it may never come.
    const tooLarge = (this.#frames.openFrame?.payloadLength ?? 0) > this.#policy.maxMessageBytes;
    if (tooLarge && !this.#isClosed) this.#frames.end();
  }

  /**
   * Sends a message, or a control frame.
   *
   * @param fragment the maximum size of a fragment in bytes, if it differs from the policy's
   */
  send(opcode: number, payload: Uint8Array, fragment: number | null = this.#policy.fragmentSize): void {
    if (this.#hasSentClose) return;
    const control = isControl(opcode);
    const compressed = !control && this.#windowBits !== null && this.#windowBits > 8;
    const body = compressed ? deflateMessage(payload, this.#windowBits ?? undefined) : payload;
    const size = control || fragment === null ? Math.max(1, body.length) : fragment;
    for (let start = 0; start === 0 || start < body.length; start += size) {
      const fin = start + size >= body.length;
      const first = start === 0;
      this.#writeFrame(
        first ? opcode : OPCODE.continuation,
        body.subarray(start, start + size),
        fin,
        first && compressed,
      );
    }
  }

  /** Sends raw bytes, which need not be frames. */
  sendRaw(bytes: Uint8Array): void {
    this.#host.send(bytes);
  }

  /** Starts the closing handshake (RFC 6455 §7.1.2), or completes it. */
  close(code: number | null, reason: Uint8Array = new Uint8Array(0)): void {
    if (this.#hasSentClose) return;
    this.#writeFrame(
      OPCODE.close,
      code === null ? reason : Buffer.concat([Uint8Array.of(code >> 8, code), reason]),
      true,
      false,
    );
    this.#hasSentClose = true;
    if (this.#receivedClose !== null) this.#finish();
  }

  #handleFrame(event: FrameEvent): void {
    if (this.#isClosed) return;
    const failCode = this.#findFailCode(event);
    if (failCode !== null) {
      this.close(failCode);
      this.#finish();
      return;
    }
    if (this.#receivedClose !== null) return;
    const { opcode } = event.frame;
    if (opcode === OPCODE.ping) {
      if (this.#policy.answersPings) this.send(OPCODE.pong, event.payload);
    } else if (opcode === OPCODE.close) this.#handleClose(event);
    const whole = completedMessage(event);
    if (whole === null || this.#hasSentClose) return;
    if (whole.message.payloadOmitted > 0) {
      this.close(1009);
      this.#finish();
    } else this.#host.message(whole.message.opcode, whole.message.payload);
  }

  #findFailCode(event: FrameEvent): number | null {
    if (!event.frame.complete) return this.#host.findFailCode(event) ?? 1009;
    return event.payloadOmitted > 0 || event.inflateLimit !== null ? 1009 : this.#host.findFailCode(event);
  }

  #handleClose({ closeCode }: FrameEvent): void {
    this.#receivedClose = { code: closeCode };
    if (this.#hasSentClose) this.#finish();
    else this.close(this.#policy.closeCode ?? closeCode);
  }

  #finish(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#host.closed();
  }

  #writeFrame(opcode: number, payload: Uint8Array, fin: boolean, rsv1: boolean): void {
    const maskingKey = this.#policy.mask ? this.#host.maskingKey() : null;
    this.#host.send(encodeFrame({ opcode, payload, fin, rsv1, maskingKey }));
  }
}
