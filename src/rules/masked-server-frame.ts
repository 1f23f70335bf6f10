import type { FrameRule } from "./rule.js";

export const maskedServerFrame: FrameRule<Record<never, never>> = {
  id: "masked-server-frame",
  severity: "error",
  reference: "RFC 6455 §5.1",
  failCode: 1002,
  demand: "A server does not mask the frames that it sends.",
  cause: "a server that echoes a client's frame as it came, or uses a client's encoder",
  remedy: "leave the MASK bit 0 and write no masking key",
  sentence: () => "a server's frame is masked",
  checkFrame({ frame, sender, senderKnown }) {
    if (!senderKnown || sender !== "server" || !frame.masked) return null;
    return { offset: frame.offset + 1, length: 1, detail: {} };
  },
};
