/**
 * The library: the frame decoder and encoder, the connection that puts messages together, and the rules.
 *
 * @packageDocumentation
 */
export type { Span } from "./bytes/span.js";
export { ByteStream, type ByteStreamOptions } from "./protocol/byte-stream.js";
export { Connection } from "./protocol/connection.js";
export type {
  CloseFrame,
  ConnectionEndEvent,
  FrameEvent,
  SenderEndEvent,
  SenderTotals,
  TcpEnd,
} from "./protocol/connection-events.js";
export type { ConnectionSink } from "./protocol/connection-sink.js";
export type { ConnectionOptions } from "./protocol/connection-state.js";
export type { InflateError } from "./protocol/deflate/message-inflater.js";
export type { FastFrame } from "./protocol/fast-frame.js";
export { type CloseCodeInfo, closeCodeInfo } from "./protocol/frame/close-code.js";
export { FrameDecoder, type FrameSink } from "./protocol/frame/decoder.js";
export { encodeFrame, encodeHeader, type FrameDescription } from "./protocol/frame/encoder.js";
export {
  type FieldSpans,
  type Frame,
  fieldSpans,
  frameLength,
  type LengthBits,
  payloadOffset,
  type Sender,
} from "./protocol/frame/frame.js";
export { isControl, OPCODE, OPCODES, type OpcodeInfo, type OpcodeName, opcodeInfo } from "./protocol/frame/opcode.js";
export type { FrameNumbers } from "./protocol/frame-numbers.js";
export { type Extension, type ExtensionParam, parseExtensions } from "./protocol/handshake/extensions.js";
export { computeAccept, type HandshakeEvent } from "./protocol/handshake/handshake.js";
export type { HeaderField, HeadFault, HttpHead } from "./protocol/handshake/http-head.js";
export type { FramePlace, Message, Rsv1Guess, Rsv1Meaning } from "./protocol/message-assembler.js";
export type { Utf8Error } from "./protocol/text-check.js";
export { RULES } from "./rules/catalogue.js";
export { type Finding, formatFinding, judgeEnd, judgeFrame, judgeHandshake } from "./rules/judge.js";
export type { EndRule, FindingDetail, FrameRule, HandshakeRule, Rule, RuleFinding, Severity } from "./rules/rule.js";
