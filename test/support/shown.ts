import { CaptureInspection } from "../../src/cli/capture-inspection.js";
import { Inspection } from "../../src/cli/inspection.js";
import { type Format, isCapture, readSource } from "../../src/cli/reading.js";
import { errorLine, lineOf } from "../../src/cli/report.js";
import { unzipped } from "../../src/cli/unzipped.js";
import { CAPTURES } from "../../src/input/capture/captures.js";
import { walksAsFrames } from "../../src/protocol/frame-walk.js";
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
  const how = { keep: Math.min(module.payloadShown, 2 ** 20), messages, sender: null };
  const capture = new CaptureInspection(view, { ...how, port: null, say });
  const bytes = new Inspection(view, how);
  let fault: unknown = null;
  let found: Format | null = null;
  try {
    await readSource(
      {
        name: null,
        atOnce: false,
        chunks: () => unzipped(piecesOf(input, sizes), say),
      },
      {
        format,
        captures: CAPTURES,
        open(opened) {
          found = opened;
          return isCapture(opened) ? opened.open(capture.sink) : opened.open((some) => bytes.push(some), walksAsFrames);
        },
        afterChunk: async () => {},
        say,
      },
    );
  } catch (error) {
    fault = error;
    said += errorLine(error);
  }
  capture.end();
  bytes.end();
  view.close();
  return { text: paper.text, said, fault, format: found };
}
