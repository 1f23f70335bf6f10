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
  requirement: "All bytes that the sender sent are in the input.",
  why: "A frame says where the next one begins: where bytes are missing, the boundary is lost with them, and so is the context of compressed messages. The fault is the recording's, not the connection's.",
  cause: "a capture that dropped packets, cut them to a snap length, or saw only some of the paths that they took",
  fix: "record again with a larger buffer (tcpdump -B) and whole packets (-s 0), nearer to the program",
  formatMessage: ({ lost }) =>
    `${formatCount(lost, "byte")} of the stream are missing here; what follows is read from the next frame boundary that can be told`,
  checkFrame: ({ gap }) => buildFindings(gap)[0] ?? null,
  checkEnd: ({ gap }) => buildFindings(gap),
};

function buildFindings(gap: Gap | null): RuleFinding<GapDetail>[] {
  return gap === null ? [] : [{ offset: gap.offset, length: gap.length, detail: { lost: gap.length } }];
}
