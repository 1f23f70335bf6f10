import { quote } from "../../bytes/safe-text.js";
import { UsageError } from "../usage-error.js";

/** Parses a port option. */
export function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) < 65536) return Number(text);
  throw new UsageError(`--port must be a number from 0 to 65535, not ${quote(text)}`);
}
