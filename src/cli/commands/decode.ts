import { grouped, parseSize } from "../../bytes/size.js";
import { InputError } from "../../input/input-error.js";
import { PERMESSAGE_DEFLATE } from "../../protocol/deflate-agreement.js";
import type { Extension } from "../../protocol/extensions.js";
import type { Sender } from "../../protocol/frame.js";
import { type ExtensionOptions, extensionsOf } from "../extensions-option.js";
import { Inspection } from "../inspection.js";
import { Output, OutputClosed } from "../output.js";
import { inSeveralNotations, notationNamed, readBytes } from "../reading.js";
import { say } from "../say.js";
import { isSelective, type SelectionOptions, selectionOf } from "../selection.js";
import { sourcesOf } from "../sources.js";
import { UsageError } from "../usage-error.js";
import { openView } from "../view-context.js";

/** The options of `wsframe decode`, as they were given. */
export interface DecodeOptions extends SelectionOptions, ExtensionOptions {
  readonly read?: readonly string[];
  readonly from: string;
  readonly to: string;
  readonly sender: string;
  readonly maxPayload: string;
  readonly messages?: boolean;
  readonly inflate: boolean;
  readonly color: string;
}

/** A pattern is looked for in so many bytes of a payload: a string cannot be much longer. */
const LONGEST_GREPPED = 64 * 1024 * 1024;

/** Decodes what the arguments name; returns the exit code. */
export async function decode(bytes: readonly string[], options: DecodeOptions): Promise<number> {
  const notation = notationNamed(options.from);
  const sender = senderNamed(options.sender);
  const maxPayload = sizeOf("--max-payload", options.maxPayload);
  const selection = selectionOf(options);
  const extensions = extensionsOf(options);
  sayUnknown(extensions ?? []);
  const apart = notation === null && inSeveralNotations(bytes);
  const sources = sourcesOf(bytes, options.read ?? [], apart);
  const output = new Output(process.stdout);
  const { view, payloadShown } = await openView(options.to, options.color, output);
  // A pattern is looked for beyond what the view shows.
  const keep = Math.min(maxPayload, options.grep === undefined ? payloadShown : LONGEST_GREPPED);
  const { messages = false } = options;
  const leaveCompressed = !options.inflate;
  const reading = { sender, keep, inflateLimit: maxPayload, extensions, leaveCompressed };
  const inspection = new Inspection(view, { ...reading, selection, messages });
  let size = 0;
  const take = (piece: Uint8Array): void => {
    size += piece.length;
    inspection.push(piece);
  };
  try {
    for (const source of sources) {
      await readBytes(source, notation, take, () => output.drain(), say);
    }
    if (size === 0)
      throw new InputError("the input holds no bytes", null, "wsframe decode --help tells how bytes are given");
    inspection.end();
    view.close();
    await output.flush();
    sayLeftOut(inspection, options);
  } catch (error) {
    if (error instanceof OutputClosed) return inspection.broken ? 1 : 0;
    // What was decoded before the fault is shown; JSON stays JSON.
    if (output.started) view.close();
    await output.flush();
    throw error;
  }
  return inspection.broken ? 1 : 0;
}

/** What was left out is always said. */
function sayLeftOut({ counts: { handshakes, items, shown, cut } }: Inspection, options: DecodeOptions): void {
  if (!isSelective(options) || shown === items) return;
  const blind = cut && options.grep !== undefined ? "; --grep saw payloads up to --max-payload (64MiB at most)" : "";
  const kinds = [
    ...(options.messages ? ["messages"] : []),
    items === 1 ? "frame" : "frames",
    ...(handshakes > 0 ? ["handshakes"] : []),
  ];
  const units = kinds.join(", ").replace(/, (\w+)$/, " and $1");
  say(`${grouped(shown)} of ${grouped(items)} ${units} shown; the exit code speaks of all${blind}`);
}

/** Of other extensions than compression it is not known what they give the RSV bits for a meaning. */
function sayUnknown(extensions: readonly Extension[]): void {
  const unknown = extensions.map(({ name }) => name).filter((name) => name !== PERMESSAGE_DEFLATE);
  if (unknown.length > 0)
    say(`only ${PERMESSAGE_DEFLATE} is known here: RSV bits that ${unknown.join(", ")} may use are not judged`);
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
