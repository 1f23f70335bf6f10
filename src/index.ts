/**
 * The library: the frame decoder and encoder, the connection that puts messages together, and the rules.
 *
 * @packageDocumentation
 */
export type { Span } from "./bytes/span.js";
export { ByteStream, type ByteStreamOptions } from "./protocol/byte-stream.js";
export { type CloseCodeInfo, closeCodeInfo } from "./protocol/close-code.js";
export { Connection, type ConnectionOptions } from "./protocol/connection.js";
export type {
  ClosedEvent,
  CloseSent,
  ConnectionEnd,
  ConnectionSink,
  EndEvent,
  FrameEvent,
  SenderTotals,
} from "./protocol/connection-events.js";
export { type Extension, type ExtensionParam, parseExtensions } from "./protocol/extensions.js";
export {
  type FieldSpans,
  type Frame,
  fieldSpans,
  frameLength,
  type LengthBits,
  payloadOffset,
  type Sender,
} from "./protocol/frame.js";
export { FrameDecoder, type FrameSink } from "./protocol/frame-decoder.js";
export { encodeFrame, encodeHeader, type FrameDescription } from "./protocol/frame-encoder.js";
export type { FrameNumbers } from "./protocol/frame-numbers.js";
export { acceptFor, type HandshakeEvent } from "./protocol/handshake.js";
export type { HeaderField, HeadFault, HttpHead } from "./protocol/http-head.js";
export type { InflateError } from "./protocol/inflation.js";
export type { FramePlace, Message, Rsv1Guess, Rsv1Meaning } from "./protocol/message-assembler.js";
export { isControl, OPCODE, OPCODES, type OpcodeInfo, type OpcodeName, opcodeInfo } from "./protocol/opcode.js";
export type { OrdinaryFrame } from "./protocol/ordinary-frame.js";
export type { Utf8Error } from "./protocol/text-check.js";
export { RULES } from "./rules/catalogue.js";
export { describe, type Finding, judgeEnd, judgeFrame, judgeHandshake } from "./rules/judge.js";
export type { Detail, EndRule, FrameRule, HandshakeRule, Rule, Severity, Violation } from "./rules/rule.js";
