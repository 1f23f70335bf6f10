import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { lookUp } from "../../src/explain/search.js";
import { parseExtensions, type Sender } from "../../src/index.js";
import type { AnyRecord } from "./any-record.js";
import { PYTHON } from "./peers.js";
import { readRecords } from "./records.js";
import { findWsFault } from "./ws-receiver.js";

/** One sender's frames in one piece, for a peer to read. */
interface PeerTask {
  readonly sender: Sender;
  readonly frames: Uint8Array;
  /** The agreed extensions, as a header value; `null` for none. */
  readonly extensions: string | null;
}

/** Frames of a connection, from one or both senders, and the agreed extensions. */
interface PeerFrames {
  readonly bytes: Uint8Array;
  readonly sender: Sender | null;
  readonly extensions?: string | undefined;
}

/** The tested programs: python-websockets twice, with its protocol without I/O and with its `connect` and `serve`. */
export const PEERS = ["ws", "websockets", "websocketsSocket"] as const;

/** The first fault that each peer reports, in the peer's words; `null` if there is none. */
type FaultReports = Readonly<Record<(typeof PEERS)[number], string | null>>;

/** The topics that `wsframe explain` returns for another program's message; most are rules. */
export function findRulesForMessage(words: string): string[] {
  const answer = lookUp(words);
  if (answer.kind === "named") return [answer.topic.name];
  return answer.kind === "matched" ? answer.matches.map(({ topic }) => topic.name) : [];
}

/** The reports of the peers and of wsframe about the same frames and extensions. */
export interface Verdicts {
  readonly reports: FaultReports;
  /** The broken rules of severity `error` that wsframe reports. */
  readonly errors: readonly string[];
}

function agreedExtensions({ extensions }: PeerFrames): string | null {
  return extensions === undefined || extensions === "none" ? null : extensions;
}

/** One task for each sender in the frames. */
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
  // A missing answer would look like a peer without complaints.
  assert.equal(answers.length, tasks.length);
  return answers;
}

/** Sends frames to the peers and to wsframe; each sender's frames go to peers in the opposite role. */
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

/** Without agreed extensions, wsframe gets that information as the peers do. */
function findErrors({ frames, sender, extensions }: PeerTask): string[] {
  const records = readRecords([frames], { sender, extensions: extensions ?? "none" });
  return records.flatMap(({ findings }) =>
    findings.filter(({ severity }: AnyRecord) => severity === "error").map(({ rule }: AnyRecord) => rule),
  );
}
