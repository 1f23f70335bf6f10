import type { HandshakeRule } from "./rule.js";

export const dataBeforeHandshake: HandshakeRule<Record<never, never>> = {
  id: "data-before-handshake",
  severity: "warning",
  reference: "RFC 6455 §4.1",
  failCode: null,
  requirement: "A client must wait for the server's 101 response before it sends frames.",
  why: "Until the 101 arrives, the client cannot know that the server accepts WebSocket. Early bytes may be parsed as a second HTTP request, or lost when the server hands the connection over to its WebSocket code.",
  cause:
    "a client that does not wait for the 101; if the server refuses, the client's frames are lost or parsed as HTTP",
  fix: "wait for the response and check it before sending the first frame",
  formatMessage: () => "the client sent frames before the server's response",
  checkHandshake: ({ earlyFrames, response }) =>
    earlyFrames === null || response === null ? [] : [{ ...earlyFrames, head: null, detail: {} }],
};
