import { Session } from "node:inspector";

/** What the inspector tells of a script, as far as it is used here. */
interface ScriptCoverage {
  readonly url: string;
  readonly functions: readonly { readonly ranges: readonly { readonly count: number }[] }[];
}

const session = new Session();
session.connect();

/** The session answers at once, before `post` returns. */
function ask(method: string, params: object = {}): unknown {
  let answer: unknown;
  session.post(method, params, (error, result) => {
    if (error !== null) throw error;
    answer = result;
  });
  return answer;
}

// Blocks are counted of functions that are compiled from here on: those of the product are when they are first called.
ask("Profiler.enable");
ask("Profiler.startPreciseCoverage", { callCount: true, detailed: true });

/**
 * How often the blocks of the product's code were executed while something was done. It grows with the work, and is the same
 * on every machine. What the language's own functions do inside is not counted.
 */
export function executedBlocks(work: () => void): number {
  ask("Profiler.takePreciseCoverage");
  work();
  const { result } = ask("Profiler.takePreciseCoverage") as { readonly result: readonly ScriptCoverage[] };
  return result
    .filter(({ url }) => url.includes("/src/"))
    .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges))
    .reduce((sum, { count }) => sum + count, 0);
}
