import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const PEAK = fileURLToPath(new URL("../test/support/peak.mjs", import.meta.url));

/** Where extra certificates are named, Node reads them each time that it starts, which triples what `node -e 0` takes. */
const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;

/** Milliseconds that a shell command takes, from its start to its end. */
function run(command: string): number {
  const began = performance.now();
  // A single program takes the shell's place, which would be a part of its time otherwise.
  const alone = /[|;(]/.test(command) ? command : `exec ${command}`;
  const { status } = spawnSync("sh", ["-c", alone], { stdio: "ignore", env });
  // 1: a finding, such as of a stream that is cut.
  if (status !== 0 && status !== 1) throw new Error(`failed: ${command}`);
  return performance.now() - began;
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] as number;
}

/** What two commands take in turn, so that a busy moment meets both: medians in milliseconds, and the median of the ratios. */
export interface Compared {
  readonly ours: number;
  readonly other: number;
  /** Ours divided by the other's, pair by pair. */
  readonly ratio: number;
}

/** Runs two commands in turn, after a first run of each that does not count. */
export function compare(ours: string, other: string, rounds: number): Compared {
  run(ours);
  run(other);
  const pairs = Array.from({ length: rounds }, () => ({ ours: run(ours), other: run(other) }));
  return {
    ours: median(pairs.map((pair) => pair.ours)),
    other: median(pairs.map((pair) => pair.other)),
    ratio: median(pairs.map((pair) => pair.ours / pair.other)),
  };
}

/** Milliseconds that two commands say they took, in turn: the least of each. */
export function compareSaid(
  ours: string,
  other: string,
  rounds: number,
): { readonly ours: number; readonly other: number } {
  const said = (command: string): number => Number(execFileSync("sh", ["-c", command], { encoding: "utf8", env }));
  const pairs = Array.from({ length: rounds }, () => ({ ours: said(ours), other: said(other) }));
  return {
    ours: Math.min(...pairs.map((pair) => pair.ours)),
    other: Math.min(...pairs.map((pair) => pair.other)),
  };
}

/** Milliseconds that a command takes, and the most memory that its Node held, in MiB. */
export function peakOf(command: string): { readonly time: number; readonly mebibytes: number } {
  const began = performance.now();
  const { stderr } = spawnSync("sh", ["-c", command], {
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
    env: { ...env, NODE_OPTIONS: `--import ${PEAK}` },
  });
  const time = performance.now() - began;
  const peaks = [...stderr.matchAll(/^peak (\d+)$/gm)].map(([, kib]) => Number(kib));
  return { time, mebibytes: Math.max(...peaks) / 1024 };
}
