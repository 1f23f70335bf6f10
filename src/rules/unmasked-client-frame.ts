import { receivedHeaderLength } from "../protocol/frame/frame.js";
import type { FrameRule } from "./rule.js";

export const unmaskedClientFrame: FrameRule<Record<never, never>> = {
  id: "unmasked-client-frame",
  severity: "error",
  reference: "RFC 6455 §5.1",
  failCode: 1002,
  requirement: "A client must mask every frame that it sends.",
  why: "Without masking, a web page could choose the exact bytes that its browser sends, make them look like an HTTP request, and poison the cache of a proxy in between. A server must therefore close the connection when it receives an unmasked frame, even inside TLS.",
  cause: "a handwritten client that sends frames the way a server does",
  fix: "set the MASK bit, and mask the payload with a new random key for each frame",
  formatMessage: () => "the client sent an unmasked frame",
  checkFrame({ frame, sender, senderKnown }) {
    if (!senderKnown || sender !== "client" || frame.masked || receivedHeaderLength(frame) < 2) return null;
    return { offset: frame.offset + 1, length: 1, detail: {} };
  },
};
