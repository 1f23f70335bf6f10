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
    "RSV1 on a message's first frame says that it is compressed where the handshake agreed on permessage-deflate.",
  why: "Without the handshake nobody can know what RSV1 means. permessage-deflate is the only extension in wide use that sets it, and the message inflates, so it is read that way. A library without the extension would refuse the frame.",
  cause: "an input that begins after the handshake",
  fix: "give the handshake too, or say what it agreed with --extensions or --deflate",
  formatMessage: ({ whole }) =>
    `RSV1 is taken for permessage-deflate, though no handshake here agreed on it: ${whole ? "the message inflates" : "what there is of the message does not speak against it"}`,
  checkFrame: ({ rsv1Guess, rsv1Meaning }) =>
    rsv1Meaning === "unknown" ? (buildFindings(rsv1Guess)[0] ?? null) : null,
  checkEnd: ({ rsv1Guess }) => buildFindings(rsv1Guess),
};

function buildFindings(guess: Rsv1Guess | null): RuleFinding<AssumedDetail>[] {
  return guess?.compressed ? [{ offset: guess.offset, length: 1, detail: { whole: guess.whole } }] : [];
}
