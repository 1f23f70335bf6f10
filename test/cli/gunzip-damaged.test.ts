import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { decompress } from "../../src/cli/streams/decompress.js";
import { splitBytes } from "../support/bytes.js";

const LINES = Array.from({ length: 600 }, (_, i) => `${i} ${i * i}\n`).join("");

async function inflated(data: Uint8Array, size: number): Promise<{ bytes: Buffer; fault: string }> {
  const found: Uint8Array[] = [];
  let fault = "";
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield* splitBytes(data, [size]);
  }
  try {
    for await (const bytes of decompress(chunks(), () => {})) found.push(Buffer.from(bytes));
  } catch (error) {
    fault = error instanceof Error ? error.message : String(error);
  }
  return { bytes: Buffer.concat(found), fault };
}

test("output before a fault in a piece is passed on, however the data is cut", async () => {
  let faults = 0;
  for (const at of [0.3, 0.5, 0.7, 0.9]) {
    const data = gzipSync(LINES);
    data.fill(0x00, Math.floor(data.length * at), Math.floor(data.length * at) + 60);
    const whole = await inflated(data, data.length);
    for (const size of [1, 7, 500]) deepEqual(await inflated(data, size), whole);
    match(whole.fault, /damaged gzip data/);
    if (whole.fault.includes("checksum")) continue;
    faults++;
    const good = Math.floor(LINES.length * at * 0.8);
    equal(whole.bytes.subarray(0, good).toString(), LINES.slice(0, good));
  }
  ok(faults > 0);
});

test("many small members are inflated synchronously, and as completely as large ones", async () => {
  const members = [...Array.from({ length: 300 }, (_, i) => gzipSync(String(i))), gzipSync(LINES)];
  const expected = `${Array.from({ length: 300 }, (_, i) => String(i)).join("")}${LINES}`;
  for (const size of [1, 13, 100_000]) {
    const { bytes, fault } = await inflated(Buffer.concat(members), size);
    equal(fault, "");
    equal(bytes.toString(), expected);
  }
});
