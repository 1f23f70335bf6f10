import type { FrameRule } from "./rule.js";

export const maskedServerFrame: FrameRule<Record<never, never>> = {
  id: "masked-server-frame",
  severity: "error",
  reference: "RFC 6455 §5.1",
  failCode: 1002,
  requirement: "A server does not mask the frames that it sends.",
  why: "Masking protects against what a browser's page can make a client send; a server has no such page, and masking would only cost time. A client that sees the bit must close the connection: the peer does not know which side it is on.",
  cause: "a server that echoes a client's frame as it came, or uses a client's encoder",
  fix: "leave the MASK bit 0 and write no masking key",
  formatMessage: () => "a server's frame is masked",
  checkFrame({ frame, sender, senderKnown }) {
    if (!senderKnown || sender !== "server" || !frame.masked) return null;
    return { offset: frame.offset + 1, length: 1, detail: {} };
  },
};
