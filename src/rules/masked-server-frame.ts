import type { FrameRule } from "./rule.js";

export const maskedServerFrame: FrameRule<Record<never, never>> = {
  id: "masked-server-frame",
  severity: "error",
  reference: "RFC 6455 §5.1",
  failCode: 1002,
  requirement: "A server must not mask the frames that it sends.",
  why: "Masking protects against what a web page can make its browser send. A server has no such page, so masking would only cost time. A client that receives a masked frame must close the connection: the peer does not behave like a server.",
  cause: "a server that echoes a client's frame unchanged, or uses a client's encoder",
  fix: "set the MASK bit to 0 and write no masking key",
  formatMessage: () => "the server sent a masked frame",
  checkFrame({ frame, sender, senderKnown }) {
    if (!senderKnown || sender !== "server" || !frame.masked) return null;
    return { offset: frame.offset + 1, length: 1, detail: {} };
  },
};
