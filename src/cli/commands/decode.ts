import { parseSize } from "../../bytes/size.js";
import { InputError } from "../../input/input-error.js";
import type { Sender } from "../../protocol/frame.js";
import { Inspection } from "../inspection.js";
import { Output, OutputClosed } from "../output.js";
import { notationNamed, readBytes } from "../reading.js";
import { sourcesOf } from "../sources.js";
import { UsageError } from "../usage-error.js";
import { openView } from "../view-context.js";

/** The options of `wsframe decode`, as they were given. */
export interface DecodeOptions {
  readonly read?: readonly string[];
  readonly from: string;
  readonly to: string;
  readonly sender: string;
  readonly maxPayload: string;
  readonly color: string;
}

/** Decodes what the arguments name; returns the exit code. */
export async function decode(bytes: readonly string[], options: DecodeOptions): Promise<number> {
  const notation = notationNamed(options.from);
  const sender = senderNamed(options.sender);
  const maxPayload = sizeOf("--max-payload", options.maxPayload);
  const sources = sourcesOf(bytes, options.read ?? []);
  const output = new Output(process.stdout);
  const { view, payloadShown } = await openView(options.to, options.color, output);
  const inspection = new Inspection(view, sender, Math.min(maxPayload, payloadShown));
  try {
    for (const source of sources) {
      await readBytes(
        source,
        notation,
        (piece) => inspection.push(piece),
        () => output.drain(),
        say,
      );
    }
    inspection.end();
    view.close();
    await output.flush();
  } catch (error) {
    if (error instanceof OutputClosed) return inspection.broken ? 1 : 0;
    // What was decoded before the fault is shown; JSON stays JSON.
    if (error instanceof InputError && output.started) view.close();
    await output.flush();
    throw error;
  }
  return inspection.broken ? 1 : 0;
}

function say(line: string): void {
  process.stderr.write(`wsframe: ${line}\n`);
}

function senderNamed(name: string): Sender | null {
  if (name === "auto") return null;
  if (name === "client" || name === "server") return name;
  throw new UsageError(`--sender ${JSON.stringify(name)} is none of client, server, auto`);
}

function sizeOf(option: string, text: string): number {
  const size = parseSize(text);
  if (size === null)
    throw new UsageError(`${option} ${JSON.stringify(text)} is no size, such as 4096, 64KiB, 1MiB or 1GiB`);
  return size;
}
