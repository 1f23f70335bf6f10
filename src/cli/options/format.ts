import { quote } from "../../bytes/safe-text.js";
import { CAPTURES } from "../../input/capture/capture-formats.js";
import type { Notation } from "../../input/notation/notation.js";
import { NOTATIONS } from "../../input/notation/notations.js";
import type { Format } from "../../inspect/source-reader.js";
import { UsageError } from "../usage-error.js";

/** The format that `--from` names; `null` for `auto`. */
export function formatNamed(name: string): Format | null {
  const capture = CAPTURES.find((candidate) => candidate.name === name);
  return capture ?? notationNamed(name, [...NOTATIONS, ...CAPTURES]);
}

/** The notation that `--from` names; `null` for `auto`. */
export function notationNamed(name: string, known: readonly Format[] = NOTATIONS): Notation | null {
  if (name === "auto") return null;
  const notation = NOTATIONS.find((candidate) => candidate.name === name);
  if (notation !== undefined) return notation;
  throw new UsageError(
    `--from ${quote(name)} is no notation; there are auto, ${known.map((one) => one.name).join(", ")}`,
  );
}
