import { randomBytes } from "node:crypto";
import type { EndpointHost } from "../live/endpoint.js";
import { judgeFrame } from "../rules/judge.js";

/** What an endpoint of ours decides by: the rules, and chance. */
export const JUDGEMENT: Pick<EndpointHost, "maskingKey" | "failCodeOf"> = {
  // A key of zeros masks nothing.
  maskingKey: () => randomBytes(4).readUInt32BE() || 1,
  failCodeOf: (frame) => judgeFrame(frame).find(({ rule }) => rule.failCode !== null)?.rule.failCode ?? null,
};
