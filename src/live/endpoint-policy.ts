import { randomBytes } from "node:crypto";
import { judgeFrame } from "../rules/judge.js";
import type { EndpointHost } from "./endpoint.js";

/** Random bytes are drawn for many keys at once: to draw four takes as long. */
let randomPool: Buffer = Buffer.alloc(0);
let usedPoolBytes = 0;
const KEYS_PER_DRAW = 1024;

function drawMaskingKey(): number {
  if (usedPoolBytes === randomPool.length) {
    randomPool = randomBytes(KEYS_PER_DRAW * 4);
    usedPoolBytes = 0;
  }
  usedPoolBytes += 4;
  return randomPool.readUInt32BE(usedPoolBytes - 4);
}

/** What an endpoint of ours decides by: the rules, and chance. */
export const ENDPOINT_CALLBACKS: Pick<EndpointHost, "maskingKey" | "findFailCode"> = {
  // A key of zeros masks nothing.
  maskingKey: () => drawMaskingKey() || 1,
  findFailCode: (frame) => judgeFrame(frame).find(({ rule }) => rule.failCode !== null)?.rule.failCode ?? null,
};
