/** Says something to the person, beside the output. */
export function say(line: string): void {
  process.stderr.write(`wsframe: ${line}\n`);
}
