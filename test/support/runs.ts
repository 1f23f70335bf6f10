/** Runs of a property: `share` of FUZZ_RUNS, which `npm run fuzz` sets; `few` in a usual test run. */
export function fuzzRuns(few: number, share = 1): { numRuns: number } {
  const asked = Number(process.env.FUZZ_RUNS);
  return { numRuns: asked > 0 ? Math.ceil(asked * share) : few };
}
