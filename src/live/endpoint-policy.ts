import { randomBytes } from "node:crypto";
import { judgeFrame } from "../rules/judge.js";
import type { EndpointHost } from "./endpoint.js";

/** Random bytes for many masking keys: drawing four bytes takes as long as drawing many. */
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

/** The host of an endpoint that uses our rules and random numbers. */
export const ENDPOINT_CALLBACKS: Pick<EndpointHost, "maskingKey" | "findFailCode"> = {
  // A key of zeros would mask nothing.
  maskingKey: () => drawMaskingKey() || 1,
  findFailCode: (frame) => judgeFrame(frame).find(({ rule }) => rule.failCode !== null)?.rule.failCode ?? null,
};
