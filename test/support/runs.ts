const REQUESTED = Number(process.env.FUZZ_RUNS ?? 0);

/** The number of runs of a property: `share` of FUZZ_RUNS, which `npm run fuzz` sets; `few` in a usual test run. */
export function fuzzRuns(few: number, share = 1): { numRuns: number } {
  return { numRuns: REQUESTED > 0 ? Math.ceil(REQUESTED * share) : few };
}

/** `all` in `npm run fuzz`, `few` in a usual test run. */
export function fuzzCount(few: number, all: number): number {
  return REQUESTED > 0 ? all : few;
}
