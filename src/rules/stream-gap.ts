import { formatCount } from "../bytes/size.js";
import type { Gap } from "../protocol/gap.js";
import type { EndRule, FrameRule, RuleFinding } from "./rule.js";

interface GapDetail {
  readonly [key: string]: number;
  readonly lost: number;
}

export const streamGap: FrameRule<GapDetail> & EndRule<GapDetail> = {
  id: "stream-gap",
  severity: "error",
  reference: "—",
  failCode: null,
  requirement: "The input must contain all bytes that the sender sent.",
  why: "Each frame's header shows where the next frame begins. When bytes are missing, that boundary is lost, and so is the context of compressed messages. The recording is at fault, not the connection.",
  cause: "a capture that dropped packets, cut them to a snap length, or saw only some of the paths that they took",
  fix: "record again with a larger buffer (tcpdump -B) and whole packets (-s 0), closer to the program",
  formatMessage: ({ lost }) =>
    `${formatCount(lost, "byte")} of the stream ${lost === 1 ? "is" : "are"} missing here; decoding resumes at the next frame boundary that can be found`,
  checkFrame: ({ gap }) => buildFindings(gap)[0] ?? null,
  checkEnd: ({ gap }) => buildFindings(gap),
};

function buildFindings(gap: Gap | null): RuleFinding<GapDetail>[] {
  return gap === null ? [] : [{ offset: gap.offset, length: gap.length, detail: { lost: gap.length } }];
}
