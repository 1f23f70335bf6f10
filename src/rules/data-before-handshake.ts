import type { HandshakeRule } from "./rule.js";

export const dataBeforeHandshake: HandshakeRule<Record<never, never>> = {
  id: "data-before-handshake",
  severity: "warning",
  reference: "RFC 6455 §4.1",
  failCode: null,
  demand: "A client sends frames when the server's response has opened the connection.",
  cause:
    "a client that does not wait for the 101, so that its frames are lost, or read as HTTP, when the server refuses",
  remedy: "wait for the response, and check it, before the first frame",
  sentence: () => "the client sent frames before the server's response",
  checkHandshake: ({ early, response }) => (early === null || response === null ? [] : [{ ...early, detail: {} }]),
};
