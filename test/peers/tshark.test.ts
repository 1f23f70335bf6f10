/** What tshark reads in captures, frame by frame, wherever it decodes rightly. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { runShell } from "../support/command.js";
import { TSHARK, testWithPeer } from "../support/peers.js";

const FOLDERS = ["fixtures/samples/cap", "fixtures/captures/recorded"];

/** Captures whose handshake tshark does not see, so that it dissects nothing: it is told the port. */
const FORCED = ["-d", "tcp.port==9001,websocket"];

/** The frames of a capture: in each direction `fin opcode mask length`. */
function byTshark(path: string): string[] {
  const fields = [
    "frame.number",
    "tcp.srcport",
    "websocket.fin",
    "websocket.opcode",
    "websocket.mask",
    "websocket.payload_length",
  ];
  const forced = /midstream|snap96/.test(path) ? FORCED : [];
  const { stdout, stderr, status } = spawnSync(
    TSHARK.probe[0],
    [
      "-r",
      path,
      ...forced,
      "-Y",
      "websocket",
      "-T",
      "fields",
      "-E",
      "aggregator=,",
      ...fields.flatMap((field) => ["-e", field]),
    ],
    { encoding: "utf8" },
  );
  // Of a file that ends inside a packet it says so, and fails.
  assert.ok(status === 0 || /cut short/.test(stderr), stderr);
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .flatMap((line) => {
      const [, , fin = "", opcode = "", mask = "", length = ""] = line.split("\t");
      const columns = [fin, opcode, mask, length].map((column) => column.split(","));
      return (columns[1] ?? []).map((_, index) =>
        columns.map((column) => Number(truth(column[index] ?? ""))).join(" "),
      );
    });
}

/** Booleans are printed as 1 and 0, or as words. */
function truth(text: string): string {
  return text === "True" ? "1" : text === "False" ? "0" : text;
}

function byWsframe(path: string): string[] {
  const { stdout } = runShell(`wsframe decode --read ${path} --to ndjson`);
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line))
    .filter(({ type }) => type === "frame")
    .map(({ fin, opcode, masked, lengthBits, payloadLength }) => {
      // tshark's field has the seven bits of the length alone.
      const length = lengthBits === 7 ? payloadLength : lengthBits === 16 ? 126 : 127;
      return `${Number(fin)} ${opcode} ${Number(masked)} ${length}`;
    });
}

/** Where tshark 4.0 goes wrong; test/input/captures.test.ts says what is right. */
const WRONG: Readonly<Record<string, string>> = {
  "ws-be-then-le-ns-2sections.pcapng":
    "takes the second section's packets for repetitions, and leaves their frames out",
  "ws-lo-snap96.pcap": "reads the cut HTTP heads as frames, told that the port is WebSocket's",
  "ws-reordered-retrans.pcap": "leaves out the frame whose segment came late",
};

for (const folder of FOLDERS) {
  for (const name of readdirSync(folder).filter((file) => /\.pcap(ng)?$/.test(file))) {
    testWithPeer(TSHARK, `${name}: the frames are those that tshark sees`, () => {
      const path = `${folder}/${name}`;
      const seen = byTshark(path).sort();
      assert.ok(seen.length > 0, "it sees no frame at all");
      if (name in WRONG) {
        assert.notDeepEqual(seen, byWsframe(path).sort(), "tshark has learnt this: the table is out of date");
        return;
      }
      // tshark shows reordered segments where they came, wsframe where they belong.
      assert.deepEqual(byWsframe(path).sort(), seen);
    });
  }
}
