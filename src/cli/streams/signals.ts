import { isTerminal } from "./standard-streams.js";

const SIGNAL_EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

type InterruptSignal = keyof typeof SIGNAL_EXIT_CODES;

/** Interrupts within this many milliseconds count as one: some launchers forward signals that the program receives as well. */
const SAME_INTERRUPT_MS = 500;

/** Time for the rest of an input to arrive, in milliseconds: Ctrl-C also reaches the program that writes into our pipe. */
const REMAINING_INPUT_MS = 100;

let interruptHandler: ((code: number) => void) | null = null;
let interruptedAt: number | null = null;

/** Ends the program on an interrupt, unless {@link onInterrupt} set a handler. */
export function listenForInterrupts(): void {
  process.on("SIGINT", () => handleSignal("SIGINT"));
}

/**
 * Ends a program in order: the first SIGINT, SIGTERM or SIGHUP calls `end` with its exit code. A second
 * signal ends it at once.
 */
export function onInterrupt(end: (code: number) => void): void {
  const first = interruptHandler === null;
  interruptHandler = end;
  if (!first) return;
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => handleSignal(signal));
}

/** The interrupt of a command that reads an input. */
export interface Interruption {
  /** The exit code for the interrupt; `null` before an interrupt. */
  readonly code: number | null;
  /** Aborted when reading must stop. */
  readonly over: AbortSignal;
}

/**
 * Lets the first interrupt end the input, so that a command finishes as it does at the end of its input.
 *
 * @param begins called at the interrupt
 */
export function endInputOnInterrupt(begins: () => void = () => {}): Interruption {
  const controller = new AbortController();
  const interruption = { code: null as number | null, over: controller.signal };
  onInterrupt((code) => {
    interruption.code = code;
    begins();
    setTimeout(() => controller.abort(), REMAINING_INPUT_MS).unref();
  });
  return interruption;
}

function handleSignal(signal: InterruptSignal): void {
  const now = performance.now();
  if (interruptHandler === null || (interruptedAt !== null && now - interruptedAt > SAME_INTERRUPT_MS))
    process.exit(SIGNAL_EXIT_CODES[signal]);
  if (interruptedAt !== null) return;
  interruptedAt = now;
  // The terminal writes ^C at the cursor.
  if (signal === "SIGINT" && isTerminal("stderr")) process.stderr.write("\r\u001b[K");
  interruptHandler(SIGNAL_EXIT_CODES[signal]);
}
