/** For an option that may be given several times, with a value each: an argument behind it is none of them. */
export function collectValues(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
