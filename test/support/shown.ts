import { unzipped } from "../../src/cli/streams/decompress.js";
import { errorLine, lineOf } from "../../src/cli/streams/error-line.js";
import { InputInspection } from "../../src/inspect/input-inspection.js";
import type { Format } from "../../src/inspect/source-reader.js";
import { VIEWS } from "../../src/view/views.js";
import { pieces } from "./bytes.js";
import { Paper } from "./paper.js";

/** How an input is to be shown. */
export interface Showing {
  readonly view: string;
  readonly columns?: number;
  readonly messages?: boolean;
  /** Sizes of the pieces in which the input comes, again and again; all at once when left out. */
  readonly sizes?: readonly number[];
  /** What the input is in; found out when left out. */
  readonly format?: Format | null;
}

/** What a person sees of an input. */
export interface Shown {
  /** What the view writes. */
  readonly text: string;
  /** The notes beside it and, where the input cannot be read, the error. */
  readonly said: string;
  /** What was thrown; `null` where the input was read to its end. */
  readonly fault: unknown;
  /** What the input is in; `null` where that was not found out. */
  readonly format: Format | null;
}

async function* piecesOf(input: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  yield* pieces(input, sizes);
}

/** Shows an input as `wsframe decode` does, whatever it is, in this process. */
export async function shownInput(
  input: Uint8Array,
  { view: name, columns = 80, messages = false, sizes = [input.length || 1], format = null }: Showing,
): Promise<Shown> {
  const paper = new Paper(columns);
  const module = (await VIEWS[name]?.load()) ?? null;
  if (module === null) throw new Error(`no view ${name}`);
  const view = module.open(paper);
  let said = "";
  const say = (line: string): void => {
    said += lineOf(line);
  };
  const inspection = new InputInspection({
    sender: null,
    port: null,
    messages,
    say,
    openView: async () => ({ view, keep: Math.min(module.maxPayloadShown, 2 ** 20) }),
    afterChunk: async () => {},
  });
  let fault: unknown = null;
  try {
    await inspection.read({ name: null, atOnce: false, chunks: () => unzipped(piecesOf(input, sizes), say) }, format);
    inspection.end();
  } catch (error) {
    fault = error;
    said += errorLine(error);
  }
  inspection.close();
  return { text: paper.text, said, fault, format: inspection.format };
}
