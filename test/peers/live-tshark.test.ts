/** What tshark reads in packets that `--record` wrote. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { AnyRecord } from "../support/any-record.js";
import { TSHARK, testWithPeer } from "../support/peers.js";
import { recordSession } from "../support/recorded-session.js";

const SESSION = recordSession();

/** The values of fields, a row a packet. */
function fieldsOf(path: string, filter: string, fields: readonly string[], checks: readonly string[] = []): string[][] {
  const asked = fields.flatMap((field) => ["-e", field]);
  const how = ["-r", path, ...checks, "-Y", filter, "-T", "fields", "-E", "aggregator=,", ...asked];
  const { stdout, stderr, status } = spawnSync(TSHARK.probe[0], how, { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("\t"));
}

testWithPeer(TSHARK, "tshark finds in recorded packets the opcodes and the lengths that were shown", async () => {
  const { pcapng, ndjson } = await SESSION;
  const frames = readFileSync(ndjson, "utf8")
    .trimEnd()
    .split("\n")
    .map((line): AnyRecord => JSON.parse(line))
    .filter(({ type }) => type === "frame");
  const shown = frames.map(({ stream, sender, opcode, fin, masked, payloadLength, lengthBits }) => {
    // tshark has seven bits of the length in the one field, and the others of a longer form in two more.
    const length = lengthBits === 7 ? payloadLength : lengthBits === 16 ? 126 : 127;
    return [stream, sender, opcode, Number(fin), Number(masked), length, payloadLength].join(" ");
  });
  const streams = new Map<string, number>();
  const rows = fieldsOf(pcapng, "websocket", [
    "tcp.stream",
    "websocket.opcode",
    "websocket.fin",
    "websocket.mask",
    "websocket.payload_length",
    "websocket.payload_length_ext_16",
    "websocket.payload_length_ext_64",
  ]);
  const seen = rows.flatMap(
    ([stream = "", opcodes = "", fins = "", masks = "", lengths = "", ext16 = "", ext64 = ""]) => {
      const number = streams.get(stream) ?? streams.size;
      streams.set(stream, number);
      const [of16, of64] = [ext16.split(","), ext64.split(",")];
      return opcodes.split(",").map((opcode, i) => {
        const truth = (list: string): number => Number(/^(?:1|True)$/.test(list.split(",")[i] ?? ""));
        const length = Number(lengths.split(",")[i]);
        const whole = length === 126 ? of16.shift() : length === 127 ? of64.shift() : length;
        const sender = truth(masks) === 1 ? "client" : "server";
        return [number, sender, Number(opcode), truth(fins), truth(masks), length, Number(whole)].join(" ");
      });
    },
  );
  assert.ok(shown.length > 30);
  assert.deepEqual(seen.toSorted(), shown.toSorted());
});

testWithPeer(
  TSHARK,
  "tshark finds no fault with recorded packets: no checksum, no lost or repeated segment",
  async () => {
    const { pcapng } = await SESSION;
    const checks = ["-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE"];
    const all = fieldsOf(pcapng, "tcp", ["ip.checksum.status", "tcp.checksum.status"], checks);
    assert.ok(all.length > 50);
    // 1 is good.
    assert.deepEqual(new Set(all.map((row) => row.join())), new Set(["1,1"]));
    assert.deepEqual(fieldsOf(pcapng, "tcp.analysis.flags && !tcp.analysis.window_full", ["frame.number"], checks), []);
  },
);

testWithPeer(TSHARK, "tshark sees how recorded connections began and ended", async () => {
  const { pcapng } = await SESSION;
  const count = (filter: string): number => fieldsOf(pcapng, filter, ["frame.number"]).length;
  assert.equal(count("tcp.flags.syn == 1 && tcp.flags.ack == 0"), 4);
  assert.equal(count("tcp.flags.syn == 1 && tcp.flags.ack == 1"), 4);
  assert.ok(count("tcp.flags.fin == 1") >= 6);
  assert.deepEqual(fieldsOf(pcapng, "http.request.uri", ["http.request.uri"]).flat(), ["/chat", "/chat", "/chat", "/"]);
});
