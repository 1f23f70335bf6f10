// Milliseconds that one decoder takes over a file that is in memory, the quickest of five passes.
// Usage: in-process.mjs FILE wsframe|ws
import { readFileSync } from "node:fs";
import { Receiver } from "ws";
import { ByteStream, Connection, judgeFrame } from "../../dist/lib/index.js";

const PASSES = 5;
const CHUNK = 64 * 1024;
const [file, which] = process.argv.slice(2);
const bytes = readFileSync(file);
const masked = (bytes[1] & 0x80) !== 0;

function* chunks() {
  for (let at = 0; at < bytes.length; at += CHUNK) yield bytes.subarray(at, at + CHUNK);
}

/** Unmasked, checked as UTF-8, and judged by every rule. */
async function wsframe() {
  let findings = 0;
  const connection = new Connection(
    {
      handshake() {},
      frame(event) {
        findings += judgeFrame(event).length;
      },
      fastFrame() {},
      end() {},
      closed() {},
    },
    { stream: 0, keep: 0 },
  );
  const stream = new ByteStream({ sender: masked ? "client" : "server", nextConnection: () => connection });
  for (const chunk of chunks()) stream.push(chunk);
  stream.end();
  connection.end();
  if (findings > 0) throw new Error(`${findings} findings`);
}

async function ws() {
  const receiver = new Receiver({ isServer: masked, allowSynchronousEvents: true });
  receiver.on("message", () => {});
  for (const chunk of chunks()) {
    // It unmasks in place: a fresh buffer each time.
    if (!receiver.write(Buffer.from(chunk))) await new Promise((resolve) => receiver.once("drain", resolve));
  }
}

const times = [];
for (let pass = 0; pass < PASSES; pass++) {
  const began = performance.now();
  await (which === "ws" ? ws : wsframe)();
  times.push(performance.now() - began);
}
process.stdout.write(`${Math.min(...times)}\n`);
