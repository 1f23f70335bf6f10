import { Session } from "node:inspector/promises";

/** How the cost of a call that the engine runs by itself is told: from what it was given, and what it gave. */
type Cost = (self: never, args: never[], result: never) => number;

interface Sized {
  readonly length: number;
}

const whole: Cost = (self: Sized) => self.length;
const given: Cost = (_self, [first]: (Sized | undefined)[]) => first?.length ?? 1;
/** A search: from where it begins to where it finds something, or to the end. */
const searched: Cost = (self: Sized, [, from = 0]: number[], result: number | boolean) =>
  (typeof result === "number" && result >= 0 ? result + 1 : self.length) - Math.min(from, self.length);
const made: Cost = (_self, _args, result: Sized) => result.length;

/** What scans or copies in one call, and how much of what: the rest of the engine's functions cost about one step. */
const NATIVE: readonly (readonly [owner: object, names: readonly string[], cost: Cost])[] = [
  [String.prototype, ["indexOf", "includes"], searched],
  [String.prototype, ["lastIndexOf", "split", "replace", "replaceAll", "toLowerCase", "normalize"], whole],
  [
    String.prototype,
    ["trim", "trimStart", "trimEnd"],
    ((self: Sized, _args, result: Sized) => self.length - result.length + 1) as Cost,
  ],
  [
    Array.prototype,
    ["shift", "unshift", "splice", "slice", "concat", "indexOf", "findIndex", "includes", "reverse", "join"],
    whole,
  ],
  [Array.prototype, ["find", "filter", "map", "flatMap", "some", "every"], (() => 1) as Cost],
  [Object.getPrototypeOf(Uint8Array.prototype), ["set"], given],
  [Object.getPrototypeOf(Uint8Array.prototype), ["slice", "copyWithin", "fill"], made],
  [Object.getPrototypeOf(Uint8Array.prototype), ["indexOf", "includes"], searched],
  [Buffer.prototype, ["toString", "latin1Slice", "utf8Slice"], made],
  [Buffer.prototype, ["indexOf", "includes"], searched],
  [Buffer, ["concat"], made],
  // Of an ArrayBuffer it is a view.
  [
    Buffer,
    ["from"],
    ((_self, [of]: unknown[], result: Sized) => (of instanceof ArrayBuffer ? 1 : result.length)) as Cost,
  ],
  [TextDecoder.prototype, ["decode"], made],
  [JSON, ["parse"], given],
];

/**
 * Counts the steps that something takes: how often each block of `src/` is run, and what native calls scan and copy. It says the
 * same on a fast machine and on a slow one.
 */
export async function stepsOf(run: () => unknown): Promise<number> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  const native = countNative();
  let scanned: number;
  try {
    await run();
  } finally {
    scanned = native.stop();
  }
  const { result } = await session.post("Profiler.takePreciseCoverage");
  await session.post("Profiler.disable");
  session.disconnect();
  const blocks = result
    .filter(({ url }) => url.includes("/src/"))
    .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges.map(({ count }) => count)));
  return blocks.reduce((sum, count) => sum + count, scanned);
}

/** Counts what native calls scan and copy, until it is stopped. */
function countNative(): { stop(): number } {
  let steps = 0;
  const undo: (() => void)[] = [];
  const wrap = (owner: object, name: string, cost: Cost): void => {
    const before = Object.getOwnPropertyDescriptor(owner, name);
    if (before === undefined || typeof before.value !== "function") return;
    const original = before.value;
    const counting = function (this: unknown, ...args: unknown[]): unknown {
      const result = original.apply(this, args);
      steps += cost(this as never, args as never[], result as never);
      return result;
    };
    Object.defineProperty(owner, name, { ...before, value: counting });
    undo.push(() => Object.defineProperty(owner, name, before));
  };
  for (const [owner, names, cost] of NATIVE) for (const name of names) wrap(owner, name, cost);
  // Every use of a pattern comes down to this: what it skips, and what it matches.
  const { exec } = RegExp.prototype;
  RegExp.prototype.exec = function (text: string): RegExpExecArray | null {
    const from = this.global || this.sticky ? this.lastIndex : 0;
    const match = exec.call(this, text);
    if (match !== null) steps += match.index - from + match[0].length + 1;
    else steps += this.sticky || isAnchored(this) ? 1 : text.length - from + 1;
    return match;
  };
  undo.push(() => {
    RegExp.prototype.exec = exec;
  });
  return {
    stop() {
      for (const one of undo) one();
      return steps;
    },
  };
}

/** Whether a pattern can match at the start of a text only. */
function isAnchored({ source, multiline }: RegExp): boolean {
  return source.startsWith("^") && !multiline;
}
