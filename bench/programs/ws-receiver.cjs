// The receiver of the ws package on a file. Usage: ws-receiver.cjs FILE count|json
const { openSync, readSync } = require("node:fs");
const { Receiver, PerMessageDeflate, extension } = require("ws");

const [file, mode] = process.argv.slice(2);
const from = openSync(file);
const head = Buffer.alloc(4096);
const text = head.subarray(0, readSync(from, head, 0, head.length, 0)).toString("latin1");
const start = text.startsWith("GET ") ? text.indexOf("\r\n\r\n", text.indexOf("HTTP/1.1 101")) + 4 : 0;
const isServer = (head[start + 1] & 0x80) !== 0;
const deflate = new PerMessageDeflate({ isServer });
deflate.accept(extension.parse("permessage-deflate")["permessage-deflate"]);
const receiver = new Receiver({
  isServer,
  allowSynchronousEvents: true,
  extensions: { "permessage-deflate": deflate },
});
let messages = 0;
let lines = "";
receiver.on("message", (data, isBinary) => {
  messages++;
  if (mode !== "json") return;
  lines += `${JSON.stringify({ type: "frame", index: messages, opcode: isBinary ? 2 : 1, length: data.length, payload: isBinary ? data.toString("base64") : data.toString() })}\n`;
  if (lines.length < 65536) return;
  process.stdout.write(lines);
  lines = "";
});
receiver.on("error", (error) => {
  throw error;
});
(async () => {
  for (let at = start; ; ) {
    // It unmasks in place: a fresh buffer each time.
    const chunk = Buffer.allocUnsafeSlow(65536);
    const size = readSync(from, chunk, 0, chunk.length, at);
    if (size === 0) break;
    at += size;
    if (!receiver.write(chunk.subarray(0, size))) await new Promise((resolve) => receiver.once("drain", resolve));
  }
  await new Promise((resolve) => receiver.end(resolve));
  process.stdout.write(lines);
  process.stderr.write(`${messages} messages\n`);
})();
