import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { lookUp } from "../../src/explain/search.js";
import { parseExtensions, type Sender } from "../../src/index.js";
import type { AnyRecord } from "./any-record.js";
import { PYTHON } from "./peers.js";
import { readRecords } from "./records.js";
import { findWsFault } from "./ws-receiver.js";

/** Frames that a peer is to read: one sender's, in one piece. */
interface PeerTask {
  readonly sender: Sender;
  readonly frames: Uint8Array;
  /** The extensions that were agreed, as a header has them; `null` for none. */
  readonly extensions: string | null;
}

/** Frames of a connection, of one sender or of both, and what was agreed. */
interface PeerFrames {
  readonly bytes: Uint8Array;
  readonly sender: Sender | null;
  readonly extensions?: string | undefined;
}

/** The programs that are asked: python-websockets twice, as its protocol without I/O, and as its `connect` and `serve` read. */
export const PEERS = ["ws", "websockets", "websocketsSocket"] as const;

/** The first fault that each peer reports, in its own words; `null` where it reports none. */
type FaultReports = Readonly<Record<(typeof PEERS)[number], string | null>>;

/** The topics that `wsframe explain` gives for another program's words: rules, most of them. */
export function findRulesForMessage(words: string): string[] {
  const answer = lookUp(words);
  if (answer.kind === "named") return [answer.topic.name];
  return answer.kind === "matched" ? answer.matches.map(({ topic }) => topic.name) : [];
}

/** What the peers and wsframe, all told the same, say of frames. */
export interface Verdicts {
  readonly reports: FaultReports;
  /** The rules that wsframe finds broken, those of severity `error`. */
  readonly errors: readonly string[];
}

function agreedExtensions({ extensions }: PeerFrames): string | null {
  return extensions === undefined || extensions === "none" ? null : extensions;
}

/** The frames of each sender that there are. */
function buildTasks(given: PeerFrames): PeerTask[] {
  const extensions = agreedExtensions(given);
  if (given.sender !== null) return [{ sender: given.sender, frames: given.bytes, extensions }];
  const frames = readRecords([given.bytes]).filter(({ type }) => type === "frame");
  return (["client", "server"] as const).flatMap((sender) => {
    const own = frames.filter((frame) => frame.sender === sender);
    if (own.length === 0) return [];
    return [
      {
        sender,
        frames: Buffer.concat(own.map(({ offset, length }) => given.bytes.subarray(offset, offset + length))),
        extensions,
      },
    ];
  });
}

function collectPythonFaults(tasks: readonly PeerTask[]): { frames: string | null; socket: string | null }[] {
  const input = tasks.map(({ sender, frames, extensions }) => {
    const list = extensions === null ? null : parseExtensions(extensions);
    const params = list !== null && "extensions" in list ? (list.extensions[0]?.params ?? []) : null;
    return `${JSON.stringify({
      receiver: sender === "client" ? "server" : "client",
      frames: Buffer.from(frames).toString("hex"),
      deflate: params && Object.fromEntries(params.map(({ name, value }) => [name, value])),
    })}\n`;
  });
  const { stdout, stderr, status } = spawnSync(PYTHON, ["test/peers/websockets_faults.py"], {
    input: input.join(""),
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    timeout: 60_000,
  });
  assert.equal(status, 0, stderr);
  const answers = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  // Where an answer is missing its peer would seem to be silent.
  assert.equal(answers.length, tasks.length);
  return answers;
}

/** Gives frames to the peers and to wsframe: each sender's to peers that receive from it. */
export async function collectVerdicts(given: readonly PeerFrames[]): Promise<Verdicts[]> {
  const tasks = given.map(buildTasks);
  const python = collectPythonFaults(tasks.flat());
  return Promise.all(
    tasks.map(async (own) => {
      const said = python.splice(0, own.length);
      const ws = await Promise.all(
        own.map(({ frames, sender, extensions }) => findWsFault(frames, sender, extensions)),
      );
      const first = (reports: (string | null | undefined)[]): string | null => reports.find((words) => words) ?? null;
      return {
        reports: {
          ws: first(ws),
          websockets: first(said.map(({ frames }) => frames)),
          websocketsSocket: first(said.map(({ socket }) => socket)),
        },
        errors: [...new Set(own.flatMap(findErrors))],
      };
    }),
  );
}

/** Where nothing was agreed wsframe is told so, as the peers are. */
function findErrors({ frames, sender, extensions }: PeerTask): string[] {
  const records = readRecords([frames], { sender, extensions: extensions ?? "none" });
  return records.flatMap(({ findings }) =>
    findings.filter(({ severity }: AnyRecord) => severity === "error").map(({ rule }: AnyRecord) => rule),
  );
}
