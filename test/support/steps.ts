/**
 * Counts the steps that code takes, in place of the time: how often each block of ours ran, and how much the functions of the
 * language that it calls look at or copy. So a test of growth gives the same answer on every machine.
 */
import { Session } from "node:inspector";
import { sep } from "node:path";

const OURS = `${sep}src${sep}`.replaceAll("\\", "/");

interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly { readonly ranges: readonly { readonly count: number }[] }[];
  }[];
}

type Method = (this: unknown, ...values: unknown[]) => unknown;
/** What a call costs, by what it was called on, with and what it gave. */
type Cost = (self: unknown, values: readonly unknown[], result: unknown) => number;

const sizeOf = (value: unknown): number => (value as { length?: number } | null)?.length ?? 0;
const ofSelf: Cost = (self) => sizeOf(self);
const ofResult: Cost = (_, __, result) => sizeOf(result);
/** A search looks at what is behind its start, up to what it finds. */
const ofSearch: Cost = (self, [, from = 0], result) =>
  (result as number) < 0 ? sizeOf(self) - Number(from) : Math.max(1, (result as number) - Number(from));
const ofSearchBack: Cost = (self, [, from = sizeOf(self)], result) => Number(from) - Math.max(0, result as number);

/** A pattern looks at what is behind its start, up to the end of what it finds; one that is tied to a place, at what it finds. */
const ofPattern: Cost = (self, [text], result) => {
  const pattern = self as RegExp;
  const match = result as RegExpExecArray | null;
  const start = lastIndexes.get(pattern) ?? 0;
  if (match !== null) return Math.max(1, match.index + match[0].length - start);
  return pattern.sticky || pattern.source.startsWith("^") ? 1 : sizeOf(text) - start;
};
const lastIndexes = new WeakMap<RegExp, number>();

const TYPED: object = Object.getPrototypeOf(Uint8Array.prototype);
const COSTS: readonly (readonly [owner: object, names: readonly string[], cost: Cost])[] = [
  [String.prototype, ["indexOf", "includes", "search"], ofSearch],
  [String.prototype, ["lastIndexOf"], ofSearchBack],
  [String.prototype, ["split", "replace", "replaceAll", "trim", "trimStart", "trimEnd", "toLowerCase"], ofSelf],
  [String.prototype, ["padStart", "padEnd", "repeat"], ofResult],
  [Array.prototype, ["join", "concat", "slice", "map", "filter", "reverse"], ofSelf],
  // The engine moves a hundred entries in the time that one of our steps takes.
  [Array.prototype, ["splice", "shift", "unshift"], (self) => 1 + sizeOf(self) / 100],
  [TYPED, ["indexOf", "includes"], ofSearch],
  [TYPED, ["lastIndexOf"], ofSearchBack],
  [TYPED, ["set"], (_, [source]) => sizeOf(source)],
  [TYPED, ["fill", "reverse"], ofSelf],
  [TYPED, ["slice"], ofResult],
  [Buffer.prototype, ["indexOf", "includes"], ofSearch],
  [Buffer.prototype, ["toString"], ofResult],
  [Buffer, ["concat"], ofResult],
  // Of a buffer that is there, it is but a view.
  [Buffer, ["from"], (_, [source], result) => (source instanceof ArrayBuffer ? 1 : sizeOf(result))],
  [TextDecoder.prototype, ["decode"], ofResult],
  [RegExp.prototype, ["exec"], ofPattern],
  [JSON, ["parse"], (_, [text]) => sizeOf(text)],
];

let native = 0;

/** Puts a count into the functions of the language; gives what takes it out again. */
function watched(): () => void {
  const restore: (() => void)[] = [];
  for (const [owner, names, cost] of COSTS) {
    for (const name of names) {
      const known = Object.getOwnPropertyDescriptor(owner, name) as PropertyDescriptor;
      const method = known.value as Method;
      const value: Method = function (...values) {
        if (this instanceof RegExp) lastIndexes.set(this, this.lastIndex);
        const result = method.apply(this, values);
        native += cost(this, values, result);
        return result;
      };
      Object.defineProperty(owner, name, { ...known, value });
      restore.push(() => Object.defineProperty(owner, name, known));
    }
  }
  return () => {
    for (const back of restore) back();
  };
}

const session = new Session();
session.connect();
// The inspector answers at once, within the call. The count is never ended: a runner may be taking it as well.
session.post("Profiler.enable");
session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });

/** How often blocks of ours ran since it was asked for last. */
function blocks(): number {
  let count = 0;
  session.post("Profiler.takePreciseCoverage", (error: Error | null, coverage?: Coverage) => {
    if (error !== null) throw new Error(error.message);
    for (const { url, functions } of coverage?.result ?? []) {
      if (!url.includes(OURS)) continue;
      for (const { ranges } of functions) for (const range of ranges) count += range.count;
    }
  });
  return count;
}

/** The steps that an action takes. */
export async function stepsOf(action: () => void | Promise<void>): Promise<number> {
  native = 0;
  const unwatched = watched();
  try {
    await action();
  } finally {
    unwatched();
  }
  return blocks() + native;
}
