import { quote } from "../../bytes/safe-text.js";
import { grouped } from "../../bytes/size.js";
import { CAPTURES } from "../../input/capture/captures.js";
import { InputError } from "../../input/input-error.js";
import { PERMESSAGE_DEFLATE } from "../../protocol/deflate-agreement.js";
import type { Extension } from "../../protocol/extensions.js";
import type { Sender } from "../../protocol/frame.js";
import { walksAsFrames } from "../../protocol/frame-walk.js";
import type { View } from "../../view/view.js";
import { CaptureInspection, type CaptureOptions } from "../capture-inspection.js";
import { type ExtensionOptions, extensionsOf } from "../extensions-option.js";
import { Inspection } from "../inspection.js";
import { Output, OutputClosed } from "../output.js";
import { portOf } from "../port-option.js";
import { Progress } from "../progress.js";
import { type Format, formatNamed, holding, inSeveralNotations, isCapture, readSource } from "../reading.js";
import { say } from "../say.js";
import { isSelective, type SelectionOptions, selectionOf } from "../selection.js";
import { Showing } from "../showing.js";
import { sizeOf } from "../size-option.js";
import { type Source, sourcesOf } from "../sources.js";
import { isTerminal } from "../standard-streams.js";
import { UsageError } from "../usage-error.js";
import { openView } from "../view-context.js";

/** The options of `wsframe decode`, as they were given. */
export interface DecodeOptions extends SelectionOptions, ExtensionOptions {
  readonly read?: readonly string[];
  readonly from: string;
  readonly to?: string;
  readonly port?: string;
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
  const format = formatNamed(options.from);
  const apart = format === null && inSeveralNotations(bytes);
  const sources = sourcesOf(bytes, options.read ?? [], apart);
  const output = new Output();
  const decoding = new Decoding(output, options);
  const progress = progressOn(options);
  try {
    for (const source of sources) await decoding.read(progress?.counting(source) ?? source, format);
    progress?.clear();
    decoding.end();
    await output.flush();
    sayLeftOut(decoding.showing, options);
  } catch (error) {
    progress?.clear();
    if (error instanceof OutputClosed) return decoding.showing?.broken ? 1 : 0;
    // What was decoded before the fault is shown; JSON stays JSON.
    if (output.started) decoding.close();
    await output.flush();
    throw error;
  }
  return decoding.showing?.broken ? 1 : 0;
}

/** Progress is shown where a person waits: on a terminal, while nothing else is written to it. */
function progressOn({ read = [], to }: DecodeOptions): Progress | null {
  if (!isTerminal("stderr") || (isTerminal("stdout") && to !== "summary")) return null;
  return read.length > 0 || !isTerminal("stdin") ? new Progress(process.stderr, read) : null;
}

/** What the sources turn out to be is read into a view: bytes one after the other, captures each for itself. */
class Decoding {
  readonly #output: Output;
  readonly #options: DecodeOptions;
  readonly #how: Omit<CaptureOptions, "keep" | "port" | "say"> & { readonly sender: Sender | null };
  readonly #port: number | null;
  readonly #maxPayload: number;
  #view: View | null = null;
  #showing: Showing | null = null;
  #keep = 0;
  #inspection: Inspection | null = null;
  #capture: CaptureInspection | null = null;
  #size = 0;

  constructor(output: Output, options: DecodeOptions) {
    this.#output = output;
    this.#options = options;
    this.#maxPayload = sizeOf("--max-payload", options.maxPayload);
    this.#port = options.port === undefined ? null : portOf(options.port);
    const extensions = extensionsOf(options);
    sayUnknown(extensions ?? []);
    this.#how = {
      sender: senderNamed(options.sender),
      inflateLimit: this.#maxPayload,
      extensions,
      leaveCompressed: !options.inflate,
      selection: selectionOf(options),
      messages: options.messages ?? false,
    };
  }

  /** What was shown so far; `null` before it is known what the input is. */
  get showing(): Showing | null {
    return this.#showing;
  }

  async read(source: Source, format: Format | null): Promise<void> {
    const { take, release } = holding(source, (bytes) => {
      this.#size += bytes.length;
      this.#inspection?.push(bytes);
    });
    await readSource(source, {
      format,
      captures: CAPTURES,
      open: async (found) => {
        await this.#open(found);
        return isCapture(found)
          ? found.open((this.#capture as CaptureInspection).sink)
          : found.open(take, walksAsFrames);
      },
      afterChunk: () => this.#output.drain(),
      say,
    });
    release();
    await this.#output.drain();
  }

  end(): void {
    if (this.#capture !== null) this.#capture.end();
    else if (this.#size === 0)
      throw new InputError("the input holds no bytes", null, "wsframe decode --help tells how bytes are given");
    this.#inspection?.end();
    if (this.#capture?.connections === 0)
      throw new InputError(
        "no WebSocket connection was found in the capture",
        null,
        "--port <n> says on which port there is one",
      );
    this.close();
  }

  close(): void {
    this.#view?.close();
    this.#view = null;
  }

  /** It is known what the input is: the view that is usual for it is opened. */
  async #open(format: Format): Promise<void> {
    const { to, color, grep } = this.#options;
    if (this.#view === null || this.#showing === null) {
      const { view, payloadShown } = await openView(to ?? (isCapture(format) ? "list" : "table"), color, this.#output);
      this.#view = view;
      this.#showing = new Showing(view, this.#how);
      // A pattern is looked for beyond what the view shows.
      this.#keep = Math.min(this.#maxPayload, grep === undefined ? payloadShown : LONGEST_GREPPED);
    }
    const how = { ...this.#how, keep: this.#keep };
    if (isCapture(format))
      this.#capture ??= new CaptureInspection(this.#view, { ...how, port: this.#port, say }, this.#showing);
    else this.#inspection ??= new Inspection(this.#view, how, this.#showing);
  }
}

/** What was left out is always said. */
function sayLeftOut(showing: Showing | null, options: DecodeOptions): void {
  if (showing === null) return;
  const { handshakes, frames, items, shown, cut } = showing.counts;
  if (options.frame !== undefined && frames === 0 && items > handshakes)
    say("--frame chooses frames: this input holds messages, of which it is not known what frames they had");
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
  throw new UsageError(`--sender ${quote(name)} is none of client, server, auto`);
}
