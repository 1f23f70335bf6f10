import { receivedHeaderLength } from "../protocol/frame/frame.js";
import type { FrameRule } from "./rule.js";

export const unmaskedClientFrame: FrameRule<Record<never, never>> = {
  id: "unmasked-client-frame",
  severity: "error",
  reference: "RFC 6455 §5.1",
  failCode: 1002,
  requirement: "A client masks every frame that it sends.",
  why: "Without masking, a page could choose the exact bytes that its browser sends, write what looks like an HTTP request, and poison a proxy's cache between the two. A server must therefore close the connection on an unmasked frame, inside TLS too.",
  cause: "a client written by hand that sends frames as a server does",
  fix: "set the MASK bit, and mask the payload with a fresh random key for each frame",
  formatMessage: () => "a client's frame is not masked",
  checkFrame({ frame, sender, senderKnown }) {
    if (!senderKnown || sender !== "client" || frame.masked || receivedHeaderLength(frame) < 2) return null;
    return { offset: frame.offset + 1, length: 1, detail: {} };
  },
};
