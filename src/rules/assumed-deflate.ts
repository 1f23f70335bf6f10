import type { Rsv1Guess } from "../protocol/message-assembler.js";
import type { EndRule, FrameRule, RuleFinding } from "./rule.js";

interface AssumedDetail {
  readonly [key: string]: boolean;
  readonly whole: boolean;
}

export const assumedDeflate: FrameRule<AssumedDetail> & EndRule<AssumedDetail> = {
  id: "assumed-deflate",
  severity: "info",
  reference: "RFC 7692 §6",
  failCode: null,
  requirement:
    "RSV1 on the first frame of a message means that the message is compressed, if the handshake agreed on permessage-deflate.",
  why: "Without the handshake, the meaning of RSV1 is unknown. permessage-deflate is the only widely used extension that sets it, and the message inflates, so it is decoded that way. A library without the extension would reject the frame.",
  cause: "an input that starts after the handshake",
  fix: "include the handshake in the input, or pass the negotiated extensions with --extensions or --deflate",
  formatMessage: ({ whole }) =>
    `RSV1 is assumed to mean permessage-deflate, although no handshake in the input agreed to it: ${whole ? "the message inflates" : "nothing in the message contradicts this so far"}`,
  checkFrame: ({ rsv1Guess, rsv1Meaning }) =>
    rsv1Meaning === "unknown" ? (buildFindings(rsv1Guess)[0] ?? null) : null,
  checkEnd: ({ rsv1Guess }) => buildFindings(rsv1Guess),
};

function buildFindings(guess: Rsv1Guess | null): RuleFinding<AssumedDetail>[] {
  return guess?.compressed ? [{ offset: guess.offset, length: 1, detail: { whole: guess.whole } }] : [];
}
