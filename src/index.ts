/**
 * The library: the frame decoder and encoder, the connection that puts messages together, and the rules.
 *
 * @packageDocumentation
 */
export type { Span } from "./bytes/span.js";
export { type CloseCodeInfo, closeCodeInfo } from "./protocol/close-code.js";
export {
  Connection,
  type ConnectionOptions,
  type ConnectionSink,
  type EndEvent,
  type FrameEvent,
} from "./protocol/connection.js";
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
export type { FramePlace, Message, OpenMessage, Utf8Error } from "./protocol/message-assembler.js";
export { isControl, OPCODE, OPCODES, type OpcodeInfo, type OpcodeName, opcodeInfo } from "./protocol/opcode.js";
export { RULES } from "./rules/catalogue.js";
export { describe, type Finding, judgeEnd, judgeFrame } from "./rules/judge.js";
export type { Detail, EndRule, FrameRule, Rule, Severity, Violation } from "./rules/rule.js";
