import type { HandshakeRule } from "./rule.js";

export const dataBeforeHandshake: HandshakeRule<Record<never, never>> = {
  id: "data-before-handshake",
  severity: "warning",
  reference: "RFC 6455 §4.1",
  failCode: null,
  requirement: "A client sends frames when the server's response has opened the connection.",
  why: "Until the 101 the client cannot know that the server speaks WebSocket. Bytes sent early may be taken for a second HTTP request, and may be lost when a server hands the connection over.",
  cause:
    "a client that does not wait for the 101, so that its frames are lost, or read as HTTP, when the server refuses",
  fix: "wait for the response, and check it, before the first frame",
  formatMessage: () => "the client sent frames before the server's response",
  checkHandshake: ({ earlyFrames, response }) =>
    earlyFrames === null || response === null ? [] : [{ ...earlyFrames, detail: {} }],
};
