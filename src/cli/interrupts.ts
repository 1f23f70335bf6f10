const CODES = { SIGINT: 130, SIGTERM: 143 } as const;

export type Interrupt = keyof typeof CODES;

let handler: ((code: number) => void) | null = null;

/** Ends the program at an interrupt, unless {@link onInterrupt} says otherwise. */
export function listenForInterrupts(): void {
  process.on("SIGINT", () => interrupt("SIGINT"));
}

/**
 * Lets a program end in order: at the first interrupt, or request to end, it is told the exit code that belongs to it. A second
 * one ends it at once.
 */
export function onInterrupt(end: (code: number) => void): void {
  handler = end;
  process.on("SIGTERM", () => interrupt("SIGTERM"));
}

function interrupt(signal: Interrupt): void {
  const end = handler;
  handler = null;
  if (end === null) process.exit(CODES[signal]);
  else end(CODES[signal]);
}
