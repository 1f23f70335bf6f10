import { copyBytes } from "../../bytes/copy.js";
import { readBytes } from "../../inspect/source-reader.js";
import { parseNotation } from "../options/format.js";
import { UsageError } from "../usage-error.js";
import { note } from "./note.js";
import { openSources } from "./sources.js";
import { isTerminal } from "./standard-streams.js";

/** A payload is built in memory, up to this many bytes. */
const MAX_PAYLOAD_BYTES: number = 1024 ** 3;

/** How the payload was given to `encode`. */
export interface PayloadOptions {
  readonly read?: string;
  readonly from: string;
}

/**
 * The payload that `encode` was given: as an argument, in a file, or on stdin.
 *
 * @param mayLack whether nothing is a payload too when a person at a terminal gives none
 */
export async function readPayload(
  text: string | undefined,
  options: PayloadOptions,
  mayLack: boolean,
): Promise<Uint8Array> {
  if (text === undefined && options.read === undefined && mayLack && isTerminal("stdin")) return new Uint8Array(0);
  const plain = options.from === "text" || options.from === "raw";
  const notation = plain ? null : parseNotation(options.from);
  const pieces: Uint8Array[] = [];
  let size = 0;
  const take = (bytes: Uint8Array): void => {
    size += bytes.length;
    if (size > MAX_PAYLOAD_BYTES) throw new UsageError("the payload is larger than 1 GiB, the limit of encode");
    pieces.push(copyBytes(bytes));
  };
  for (const source of openSources(
    text === undefined ? [] : [text],
    options.read === undefined ? [] : [options.read],
  )) {
    if (!plain) await readBytes(source, notation, take, async () => {}, note);
    else for await (const chunk of source.chunks()) take(chunk);
  }
  return Buffer.concat(pieces);
}
