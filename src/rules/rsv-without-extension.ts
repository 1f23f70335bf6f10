import type { FrameRule, RuleFinding } from "./rule.js";

export const rsvWithoutExtension: FrameRule<{ bits: string; plural: boolean }> = {
  id: "rsv-without-extension",
  severity: "error",
  reference: "RFC 6455 §5.2",
  failCode: 1002,
  requirement: "RSV1, RSV2 and RSV3 must be 0 unless a negotiated extension defines their meaning.",
  why: "The three bits are reserved for extensions. A receiver that does not know what a bit means cannot know what the payload means either, so it must fail the connection instead of guessing. RSV1 is nearly always permessage-deflate.",
  cause:
    "compressed messages (permessage-deflate sets RSV1) without a handshake that agreed to it, or bytes read from the middle of a frame",
  fix: "negotiate the extension in the opening handshake, or clear the bits",
  formatMessage: ({ bits, plural }) =>
    `${bits} ${plural ? "are" : "is"} set, but no negotiated extension defines ${plural ? "them" : "it"}`,
  checkFrame({ frame, place, rsv1Meaning, rsv1Guess, mayHaveOtherExtensions }) {
    // If the message does not inflate, RSV1 does not mean permessage-deflate, but another extension may define it.
    const refuted = rsv1Guess !== null && !rsv1Guess.compressed && !mayHaveOtherExtensions;
    const begins = place === "whole" || place === "first";
    // If the meaning of RSV1 is unknown on a message's first frame, inflating the message decides.
    const undecided = rsv1Meaning === "unknown" && !mayHaveOtherExtensions;
    const unexplained = rsv1Meaning === "none" || (undecided && (!begins || frame.rsv2 || frame.rsv3));
    // An unknown extension that was or may have been negotiated may use the bits for anything.
    const here = [
      frame.rsv1 && unexplained,
      frame.rsv2 && !mayHaveOtherExtensions,
      frame.rsv3 && !mayHaveOtherExtensions,
    ];
    if (refuted && rsv1Guess.offset === frame.offset) here[0] = true;
    const bits = here.flatMap((set, index) => (set ? [`RSV${index + 1}`] : []));
    if (bits.length > 0) return buildFinding(frame.offset, bits);
    return refuted ? buildFinding(rsv1Guess.offset, ["RSV1"]) : null;
  },
};

function buildFinding(offset: number, bits: readonly string[]): RuleFinding<{ bits: string; plural: boolean }> {
  return {
    offset,
    length: 1,
    detail: { bits: bits.join(", ").replace(/, (\w+)$/, " and $1"), plural: bits.length > 1 },
  };
}
