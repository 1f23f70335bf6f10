import { quote } from "../../bytes/safe-text.js";
import { parseSize } from "../../bytes/size.js";
import { UsageError } from "../usage-error.js";

/** Parses a size option, in bytes. */
export function parseSizeOption(option: string, text: string): number {
  const size = parseSize(text);
  if (size === null) throw new UsageError(`${option} must be a size, such as 4096, 64KiB or 1MiB, not ${quote(text)}`);
  return size;
}
