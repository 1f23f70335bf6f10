import { decompress } from "../../src/cli/streams/decompress.js";
import { formatError, formatErrorLine } from "../../src/cli/streams/error-line.js";
import { InputInspection } from "../../src/inspect/input-inspection.js";
import type { Format } from "../../src/inspect/source-reader.js";
import { VIEWS } from "../../src/view/views.js";
import { BufferedViewContext } from "./buffered-view-context.js";
import { splitBytes } from "./bytes.js";

/** How to show an input. */
export interface ShowInputOptions {
  readonly view: string;
  readonly columns?: number;
  readonly messages?: boolean;
  /** The sizes of the pieces in which the input arrives, repeated; all at once by default. */
  readonly sizes?: readonly number[];
  /** The format of the input; detected by default. */
  readonly format?: Format | null;
}

/** The visible output for an input. */
export interface ShownInput {
  /** The output of the view. */
  readonly text: string;
  /** The notes and, if the input is unreadable, the error. */
  readonly notes: string;
  /** The error; `null` if the input was read to its end. */
  readonly fault: unknown;
  /** The format of the input; `null` if it was not detected. */
  readonly format: Format | null;
}

async function* streamPieces(input: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  yield* splitBytes(input, sizes);
}

/** Shows any input as `wsframe decode` does, in this process. */
export async function showInput(
  input: Uint8Array,
  { view: name, columns = 80, messages = false, sizes = [input.length || 1], format = null }: ShowInputOptions,
): Promise<ShownInput> {
  const paper = new BufferedViewContext(columns);
  const module = (await VIEWS[name]?.load()) ?? null;
  if (module === null) throw new Error(`no view ${name}`);
  const view = module.open(paper);
  let said = "";
  const note = (line: string): void => {
    said += formatErrorLine(line);
  };
  const inspection = new InputInspection({
    sender: null,
    port: null,
    messages,
    note,
    openView: async () => ({ view, keep: Math.min(module.maxPayloadShown, 2 ** 20) }),
    afterChunk: async () => {},
  });
  let fault: unknown = null;
  try {
    await inspection.read(
      { name: null, isReadWhole: false, chunks: () => decompress(streamPieces(input, sizes), note) },
      format,
    );
    inspection.end();
  } catch (error) {
    fault = error;
    said += formatError(error);
  }
  inspection.close();
  return { text: paper.text, notes: said, fault, format: inspection.format };
}
