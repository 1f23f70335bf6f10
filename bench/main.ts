/**
 * Measures wsframe against its peers, each figure as a ratio within one run: `npm run bench`, or `npm run bench -- 32 3` for
 * streams of 32 MiB and 3 rounds. Prints Markdown.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { writeCapture } from "./capture.js";
import { compare, compareSaid, peakOf } from "./measure.js";
import { STREAMS, writeStream } from "./streams.js";

const [mebibytes = "256", rounds = "5"] = process.argv.slice(2);
const MIB = 1024 * 1024;
const SIZE = Number(mebibytes) * MIB;
const CAPTURED = SIZE / 2;
const IN_MEMORY = SIZE / 4;
const PYTHON_SIZE = 8 * MIB;

const folder = mkdtempSync(join(tmpdir(), "wsframe-bench-"));
const path = (name: string): string => join(folder, name);
const say = (line: string): void => void process.stderr.write(`${line}\n`);

const wsframe = "node bin/wsframe.js";
const NOTHING = "node -e 0";
const HELLO = `${wsframe} decode "81 05 48 65 6c 6c 6f"`;
const summary = (name: string): string => `${wsframe} decode --to summary -r ${path(name)}`;
const piped = (name: string): string => `cat ${path(name)} | ${wsframe} decode --to summary`;
const drained = (name: string): string => `cat ${path(name)} | node bench/programs/drain.cjs`;
const ws = (name: string, mode = "count"): string => `node bench/programs/ws-receiver.cjs ${path(name)} ${mode}`;
const decodes = (name: string, to: string): string => `${wsframe} decode --to ${to} -r ${path(name)}`;
const tshark = (how: string): string => `tshark -r ${path("capture")} ${how}`;
const python = (name: string): string => `/usr/bin/python3 bench/programs/websockets-receiver.py ${path(name)}`;

/** A figure: two commands, and what is aimed at: at most so many times the other's time, or at least so many times faster. */
type Figure = readonly [
  what: string,
  ours: string,
  other: string,
  goal: number | null,
  kind: "at most" | "times faster",
];

const FIGURES: readonly Figure[] = [
  ["`--version` · `node -e 0`", `${wsframe} --version`, NOTHING, 1.35, "at most"],
  ['`decode "81 05 …"`, a table · `node -e 0`', HELLO, NOTHING, 1.7, "at most"],
  ...(["small", "mix", "large"] as const).map(
    (name): Figure => [
      `summary through a pipe · draining it: ${STREAMS[name].what}`,
      piped(name),
      drained(name),
      1.2,
      "at most",
    ],
  ),
  ...(
    [
      ["small", 12],
      ["medium", 2],
      ["mix", 1.8],
      ["large", 1.3],
      ["unmasked", null],
    ] as const
  ).map(
    ([name, goal]): Figure => [
      `summary · ws Receiver: ${STREAMS[name].what}`,
      summary(name),
      ws(name),
      goal,
      "times faster",
    ],
  ),
  ["summary · python3-websockets: 64 B masked text", summary("python"), python("python"), 1, "times faster"],
  ["ndjson · ws Receiver, which prints nothing", decodes("small", "ndjson"), ws("small"), 1, "times faster"],
  ["ndjson · ws Receiver that prints JSON", decodes("small", "ndjson"), ws("small", "json"), 3, "times faster"],
  ["list · ws Receiver, which prints nothing", decodes("small", "list"), ws("small"), 2, "times faster"],
  [
    "capture, summary · `tshark -T fields`",
    decodes("capture", "summary"),
    tshark("-T fields -e websocket.opcode"),
    25,
    "times faster",
  ],
  ["capture, ndjson · `tshark -T json`", decodes("capture", "ndjson"), tshark("-T json"), 20, "times faster"],
  [
    "deflated messages of 100 bytes, `--messages` · ws Receiver",
    `${summary("deflated")} --messages`,
    ws("deflated"),
    6,
    "times faster",
  ],
];

/** What is measured for its memory: the same with ten times as much should take no more. */
const SHAPES: readonly (readonly [what: string, command: string])[] = [
  ["11 million empty frames, summary", summary("empty")],
  ["2 million one-byte fragments, summary", summary("fragments")],
  ["64 B masked text, summary", summary("small")],
  [
    "… ten times as much, through a pipe",
    `(for i in 1 2 3 4 5 6 7 8 9 10; do cat ${path("small")}; done) | ${wsframe} decode --to summary`,
  ],
  ["64 B masked text, ndjson", decodes("small", "ndjson")],
  ["64 B masked text, list", decodes("small", "list")],
  [
    "a frame of 5 GiB, summary",
    `(printf '\\202\\177\\0\\0\\0\\001\\100\\0\\0\\0'; head -c 5368709120 /dev/zero) | ${wsframe} decode --to summary`,
  ],
];

async function prepare(): Promise<void> {
  for (const name of ["small", "medium", "large", "unmasked", "mix"] as const)
    await writeStream(path(name), STREAMS[name], SIZE);
  await writeStream(path("deflated"), STREAMS.deflated, 0);
  await writeStream(path("empty"), STREAMS.empty, SIZE / 4);
  await writeStream(path("fragments"), STREAMS.fragments, SIZE / 18);
  writeFileSync(path("python"), readFileSync(path("small")).subarray(0, PYTHON_SIZE));
  writeCapture(path("capture"), path("small"), CAPTURED);
}

function versionOf(command: string, ...args: string[]): string {
  return execFileSync(command, args, { encoding: "utf8" }).split("\n")[0] as string;
}

async function main(): Promise<void> {
  say(`streams of ${mebibytes} MiB, ${rounds} rounds`);
  await prepare();
  const [cpu] = cpus();
  const peers = [
    `ws ${JSON.parse(readFileSync("node_modules/ws/package.json", "utf8")).version} with bufferutil`,
    `python3-websockets ${versionOf("/usr/bin/python3", "-c", "import websockets.version as v; print(v.version)")}`,
    `tshark ${/[\d.]+/.exec(versionOf("tshark", "--version"))?.[0]}`,
  ];
  const out = [
    `Node ${process.version}, ${cpus().length} × ${cpu?.model.trim()}, ${peers.join(", ")}. Streams of ${mebibytes} MiB, the capture has ${CAPTURED / MIB} MiB; medians of ${rounds} runs in turn, whole processes.`,
    "",
    "| figure | wsframe | the other | ratio | goal |",
    "|---|---|---|---|---|",
  ];
  for (const [what, ours, other, goal, kind] of FIGURES) {
    const found = compare(ours, other, Number(rounds));
    const ratio = kind === "at most" ? found.ratio : 1 / found.ratio;
    const met = goal === null || (kind === "at most" ? ratio <= goal : ratio >= goal);
    const aim = goal === null ? "–" : `${kind === "at most" ? "≤" : "≥"} ${goal}${met ? "" : " ✗"}`;
    const line = `| ${what} | ${found.ours.toFixed(0)} ms | ${found.other.toFixed(0)} ms | ${ratio.toFixed(2)} | ${aim} |`;
    say(line);
    out.push(line);
  }
  out.push("", "| in one process | a frame, wsframe | a frame, ws | times faster |", "|---|---|---|---|");
  for (const name of ["small", "medium", "large", "unmasked"] as const) {
    const program = `node bench/programs/in-process.mjs ${path(`${name}.memory`)}`;
    const frames = await writeStream(path(`${name}.memory`), STREAMS[name], IN_MEMORY);
    const { ours, other } = compareSaid(`${program} wsframe`, `${program} ws`, Number(rounds));
    const each = (time: number): string => `${((time * 1e6) / frames).toFixed(0)} ns`;
    const line = `| ${STREAMS[name].what} | ${each(ours)} | ${each(other)} | ${(other / ours).toFixed(1)} |`;
    say(line);
    out.push(line);
  }
  out.push("", "| input | time | peak memory |", "|---|---|---|");
  for (const [what, command] of SHAPES) {
    const { time, mebibytes: peak } = peakOf(command);
    const line = `| ${what} | ${(time / 1000).toFixed(2)} s | ${peak.toFixed(0)} MiB |`;
    say(line);
    out.push(line);
  }
  process.stdout.write(`${out.join("\n")}\n`);
}

try {
  await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
