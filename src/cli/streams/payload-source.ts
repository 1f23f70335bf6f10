import { copyBytes } from "../../bytes/copy.js";
import { readBytes } from "../../inspect/source-reader.js";
import { parseNotation } from "../options/format.js";
import { UsageError } from "../usage-error.js";
import { note } from "./note.js";
import { openSources } from "./sources.js";
import { isTerminal } from "./standard-streams.js";

/** The maximum payload in bytes, because a payload is built in memory. */
const MAX_PAYLOAD_BYTES: number = 1024 ** 3;

/** Where `encode` takes its payload from. */
export interface PayloadOptions {
  readonly read?: string;
  readonly from: string;
}

/**
 * The payload for `encode`: an argument, a file, or stdin.
 *
 * @param mayLack whether the payload may be empty if none is given and stdin is a terminal
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
