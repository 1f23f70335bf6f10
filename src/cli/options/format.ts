import { quote } from "../../bytes/safe-text.js";
import { CAPTURE_FORMATS } from "../../input/capture/capture-formats.js";
import type { Notation } from "../../input/notation/notation.js";
import { NOTATIONS } from "../../input/notation/notations.js";
import type { Format } from "../../inspect/source-reader.js";
import { UsageError } from "../usage-error.js";

/** The format that `--from` names; `null` for `auto`. */
export function parseFormat(name: string): Format | null {
  const capture = CAPTURE_FORMATS.find((candidate) => candidate.name === name);
  return capture ?? parseNotation(name, [...NOTATIONS, ...CAPTURE_FORMATS]);
}

/** The notation that `--from` names; `null` for `auto`. */
export function parseNotation(name: string, known: readonly Format[] = NOTATIONS): Notation | null {
  if (name === "auto") return null;
  const notation = NOTATIONS.find((candidate) => candidate.name === name);
  if (notation !== undefined) return notation;
  throw new UsageError(`unknown format ${quote(name)}; choose from auto, ${known.map((one) => one.name).join(", ")}`);
}
