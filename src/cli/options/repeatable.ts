/** Collects the values of a repeatable option, one per use. */
export function collectValues(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
