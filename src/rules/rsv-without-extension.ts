import type { FrameRule } from "./rule.js";

export const rsvWithoutExtension: FrameRule<{ bits: string; plural: boolean }> = {
  id: "rsv-without-extension",
  severity: "error",
  reference: "RFC 6455 §5.2",
  failCode: 1002,
  demand: "RSV1, RSV2 and RSV3 are 0 unless an extension was negotiated that gives them a meaning.",
  cause:
    "compressed messages (permessage-deflate sets RSV1) without a handshake that agreed on it, or bytes read from the middle of a frame",
  remedy: "negotiate the extension in the opening handshake, or clear the bits",
  sentence: ({ bits, plural }) =>
    `${bits} ${plural ? "are" : "is"} set, and no extension was negotiated that gives ${plural ? "them" : "it"} a meaning`,
  checkFrame({ frame }) {
    const bits = [frame.rsv1 ? "RSV1" : "", frame.rsv2 ? "RSV2" : "", frame.rsv3 ? "RSV3" : ""].filter(
      (bit) => bit !== "",
    );
    if (bits.length === 0) return null;
    return {
      offset: frame.offset,
      length: 1,
      detail: { bits: bits.join(", ").replace(/, (\w+)$/, " and $1"), plural: bits.length > 1 },
    };
  },
};
