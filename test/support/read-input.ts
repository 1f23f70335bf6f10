import { parseNotation } from "../../src/cli/options/format.js";
import { readBytes } from "../../src/inspect/source-reader.js";

/** The result of reading an input. */
export interface NotationReading {
  readonly pieces: Uint8Array[];
  readonly bytes: Uint8Array;
  readonly notes: string[];
}

/** Reads an input as the command does, in the given chunks. */
export async function readInput(chunks: Iterable<Uint8Array>, from = "auto"): Promise<NotationReading> {
  const pieces: Uint8Array[] = [];
  const notes: string[] = [];
  const source = {
    name: null,
    isReadWhole: false,
    async *chunks() {
      yield* chunks;
    },
  };
  await readBytes(
    source,
    parseNotation(from),
    (bytes) => {
      if (bytes.length > 0) pieces.push(bytes.slice());
    },
    async () => {},
    (note) => notes.push(note),
  );
  return { pieces, bytes: Uint8Array.from(Buffer.concat(pieces)), notes };
}
