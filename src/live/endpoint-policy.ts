import { randomBytes } from "node:crypto";
import { judgeFrame } from "../rules/judge.js";
import type { EndpointHost } from "./endpoint.js";

/** Random bytes are drawn for many keys at once: to draw four takes as long. */
let drawn: Buffer = Buffer.alloc(0);
let used = 0;
const KEYS = 1024;

function nextKey(): number {
  if (used === drawn.length) {
    drawn = randomBytes(KEYS * 4);
    used = 0;
  }
  used += 4;
  return drawn.readUInt32BE(used - 4);
}

/** What an endpoint of ours decides by: the rules, and chance. */
export const JUDGEMENT: Pick<EndpointHost, "maskingKey" | "failCodeOf"> = {
  // A key of zeros masks nothing.
  maskingKey: () => nextKey() || 1,
  failCodeOf: (frame) => judgeFrame(frame).find(({ rule }) => rule.failCode !== null)?.rule.failCode ?? null,
};
