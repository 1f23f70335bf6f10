/**
 * Measures steps instead of time: how often each block of our code ran, and how many elements the built-in functions that it calls
 * examine or copy. Tests of growth therefore give the same answer on every machine.
 */
import { Session } from "node:inspector";
import { sep } from "node:path";

const SOURCE_FOLDER = `${sep}src${sep}`.replaceAll("\\", "/");

interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly { readonly ranges: readonly { readonly count: number }[] }[];
  }[];
}

type Method = (this: unknown, ...values: unknown[]) => unknown;
/** The cost of a call, from its receiver, arguments and result. */
type Cost = (self: unknown, values: readonly unknown[], result: unknown) => number;

const measureLength = (value: unknown): number => (value as { length?: number } | null)?.length ?? 0;
const selfCost: Cost = (self) => measureLength(self);
const resultCost: Cost = (_, __, result) => measureLength(result);
/** A search examines everything from its start to its match. */
const searchCost: Cost = (self, [, from = 0], result) =>
  (result as number) < 0 ? measureLength(self) - Number(from) : Math.max(1, (result as number) - Number(from));
const backwardSearchCost: Cost = (self, [, from = measureLength(self)], result) =>
  Number(from) - Math.max(0, result as number);

/** A pattern examines everything from its start to the end of its match; an anchored pattern examines only its match. */
const patternCost: Cost = (self, [text], result) => {
  const pattern = self as RegExp;
  const match = result as RegExpExecArray | null;
  const start = lastIndexes.get(pattern) ?? 0;
  if (match !== null) return Math.max(1, match.index + match[0].length - start);
  return pattern.sticky || pattern.source.startsWith("^") ? 1 : measureLength(text) - start;
};
const lastIndexes = new WeakMap<RegExp, number>();

const TYPED_ARRAY_PROTOTYPE: object = Object.getPrototypeOf(Uint8Array.prototype);
const METHOD_COSTS: readonly (readonly [owner: object, names: readonly string[], cost: Cost])[] = [
  [String.prototype, ["indexOf", "includes", "search"], searchCost],
  [String.prototype, ["lastIndexOf"], backwardSearchCost],
  [String.prototype, ["split", "replace", "replaceAll", "trim", "trimStart", "trimEnd", "toLowerCase"], selfCost],
  [String.prototype, ["padStart", "padEnd", "repeat"], resultCost],
  [Array.prototype, ["join", "concat", "slice", "map", "filter", "reverse"], selfCost],
  // The engine moves a hundred entries in the time of one of our steps.
  [Array.prototype, ["splice", "shift", "unshift"], (self) => 1 + measureLength(self) / 100],
  [TYPED_ARRAY_PROTOTYPE, ["indexOf", "includes"], searchCost],
  [TYPED_ARRAY_PROTOTYPE, ["lastIndexOf"], backwardSearchCost],
  [TYPED_ARRAY_PROTOTYPE, ["set"], (_, [source]) => measureLength(source)],
  [TYPED_ARRAY_PROTOTYPE, ["fill", "reverse"], selfCost],
  [TYPED_ARRAY_PROTOTYPE, ["slice"], resultCost],
  [Buffer.prototype, ["indexOf", "includes"], searchCost],
  [Buffer.prototype, ["toString"], resultCost],
  [Buffer, ["concat"], resultCost],
  // From an existing ArrayBuffer, it only creates a view.
  [Buffer, ["from"], (_, [source], result) => (source instanceof ArrayBuffer ? 1 : measureLength(result))],
  [TextDecoder.prototype, ["decode"], resultCost],
  [RegExp.prototype, ["exec"], patternCost],
  [JSON, ["parse"], (_, [text]) => measureLength(text)],
];

let nativeSteps = 0;

/** Makes the built-in functions count steps; returns a function that restores them. */
function instrumentMethods(): () => void {
  const restore: (() => void)[] = [];
  for (const [owner, names, cost] of METHOD_COSTS) {
    for (const name of names) {
      const known = Object.getOwnPropertyDescriptor(owner, name) as PropertyDescriptor;
      const method = known.value as Method;
      const value: Method = function (...values) {
        if (this instanceof RegExp) lastIndexes.set(this, this.lastIndex);
        const result = method.apply(this, values);
        nativeSteps += cost(this, values, result);
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
// The inspector answers synchronously. The coverage is never stopped, because the test runner may use it as well.
session.post("Profiler.enable");
session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });

/** How often blocks of our code ran since the last call. */
function countBlocks(): number {
  let count = 0;
  session.post("Profiler.takePreciseCoverage", (error: Error | null, coverage?: Coverage) => {
    if (error !== null) throw new Error(error.message);
    for (const { url, functions } of coverage?.result ?? []) {
      if (!url.includes(SOURCE_FOLDER)) continue;
      for (const { ranges } of functions) for (const range of ranges) count += range.count;
    }
  });
  return count;
}

/** The number of steps that an action takes. */
export async function countSteps(action: () => void | Promise<void>): Promise<number> {
  nativeSteps = 0;
  const unwatched = instrumentMethods();
  try {
    await action();
  } finally {
    unwatched();
  }
  return countBlocks() + nativeSteps;
}
