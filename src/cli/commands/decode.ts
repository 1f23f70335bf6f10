import type { Command } from "commander";
import { quote } from "../../bytes/safe-text.js";
import { formatNumber } from "../../bytes/size.js";
import { CAPTURE_FORMATS } from "../../input/capture/capture-formats.js";
import { InputError } from "../../input/input-error.js";
import { NOTATIONS } from "../../input/notation/notations.js";
import type { EventPresenter } from "../../inspect/event-presenter.js";
import { InputInspection } from "../../inspect/input-inspection.js";
import { type Format, hasSeveralNotations } from "../../inspect/source-reader.js";
import { PERMESSAGE_DEFLATE } from "../../protocol/deflate/deflate-agreement.js";
import type { Sender } from "../../protocol/frame/frame.js";
import type { Extension } from "../../protocol/handshake/extensions.js";
import { VIEWS } from "../../view/views.js";
import { addHelpSections } from "../help.js";
import { type ExtensionOptions, parseExtensionOptions } from "../options/extensions.js";
import { parseFormat } from "../options/format.js";
import { parsePort } from "../options/port.js";
import { isSelective, parseSelection, type SelectionOptions } from "../options/selection.js";
import { parseSizeOption } from "../options/size.js";
import { findArgumentError } from "../streams/argument-error.js";
import { note } from "../streams/note.js";
import { openView } from "../streams/open-view.js";
import { Output, OutputClosedError } from "../streams/output.js";
import { Progress } from "../streams/progress.js";
import { endInputOnInterrupt, type Interruption } from "../streams/signals.js";
import { openSources } from "../streams/sources.js";
import { isTerminal } from "../streams/standard-streams.js";
import { UsageError } from "../usage-error.js";

/** Adds the arguments, options and action of `wsframe decode`. */
export function configure(command: Command): void {
  addHelpSections(command, {
    "Notations (--from)": { ...describeFormats(NOTATIONS), auto: "auto-detect" },
    "Captures (--from)": describeFormats(CAPTURE_FORMATS),
    "Views (--to)": Object.fromEntries(Object.entries(VIEWS).map(([name, { shows }]) => [name, shows])),
    Examples: {
      'wsframe decode "81 05 48 65 6c 6c 6f"': "a frame in hex",
      "wsframe decode --read capture.pcapng": "a capture",
      "wsframe decode --to ndjson < server.log": "a log on stdin",
    },
    "Exit code": {
      0: "decoded, no error finding",
      1: "at least one error finding",
      2: "wrong usage, or unreadable input",
      130: "interrupted",
    },
  })
    .argument("[bytes...]", "bytes in any notation, joined in order; none or -: stdin; after --, they may start with -")
    .option("-r, --read <file...>", "read files (-: stdin)")
    .option("-f, --from <format>", "format of the input, listed below", "auto")
    .option("-t, --to <view>", "how to show frames, listed below (default: table; list for captures)")
    .option("-s, --sender <side>", "who sent the bytes: client, server or auto", "auto")
    .option("--messages", "show whole messages and control frames, not each frame")
    .option("--extensions <header>", "negotiated extensions, if the input has no handshake")
    .option("--deflate", "short for --extensions permessage-deflate")
    .option("--no-inflate", "leave compressed messages as they are")
    .option("--max-payload <size>", "bytes to keep of each payload; the rest is still validated", "16MiB")
    .option("--port <n>", "treat this port of a capture as WebSocket")
    .option("--stream <n>", "show only this connection")
    .option("--frame <n[-m]>", "show only these frames")
    .option("--only <kinds>", "show only these, comma-separated: opcode names, handshake, findings")
    .option("--grep <regex>", "show only frames whose text matches")
    .option("--color <when>", "auto, always or never; auto follows NO_COLOR and FORCE_COLOR", "auto")
    .action(async (bytes: string[], options: DecodeOptions) => {
      process.exitCode = await decode(bytes, options);
    });
}

/** The names of the formats, with their descriptions. */
function describeFormats(formats: readonly Format[]): Record<string, string> {
  return Object.fromEntries(formats.map(({ name, reads }) => [name, reads]));
}

/** The options of `wsframe decode`, as given. */
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

/** `--grep` searches this many bytes of a payload: a JavaScript string cannot be much longer. */
const MAX_GREP_PAYLOAD_BYTES = 64 * 1024 * 1024;

/** Decodes the sources in the arguments; returns the exit code. */
export async function decode(bytes: readonly string[], options: DecodeOptions): Promise<number> {
  const format = parseFormat(options.from);
  const apart = format === null && hasSeveralNotations(bytes);
  const progress = createProgress(options);
  const interruption = endInputOnInterrupt(() => progress?.clear());
  const sources = openSources(bytes, options.read ?? [], {
    apart,
    over: interruption.over,
    onRead: (count) => progress?.advance(count),
  });
  const output = new Output();
  const inspection = createInspection(options, output, interruption);
  const exitCode = (): number => interruption.code ?? (inspection.presenter?.hasErrors ? 1 : 0);
  try {
    for (const source of sources) await inspection.read(source, format);
    progress?.clear();
    inspection.end();
    await output.flush();
    noteHidden(inspection.presenter, options);
  } catch (error) {
    progress?.clear();
    if (error instanceof OutputClosedError) return exitCode();
    // Events before the fault are shown, and JSON stays valid.
    if (output.hasStarted) inspection.close();
    await output.flush();
    if (interruption.code === null || !(error instanceof InputError)) throw await findArgumentError(bytes, error);
  }
  return exitCode();
}

/** Shows progress on a terminal, while nothing else is written to it. */
function createProgress({ read = [], to }: DecodeOptions): Progress | null {
  if (!isTerminal("stderr") || (isTerminal("stdout") && to !== "summary")) return null;
  return read.length > 0 || !isTerminal("stdin") ? new Progress(process.stderr, read) : null;
}

/** Creates the inspection that reads the sources into the selected view. */
function createInspection(options: DecodeOptions, output: Output, interruption: Interruption): InputInspection {
  const maxPayload = parseSizeOption("--max-payload", options.maxPayload);
  const extensions = parseExtensionOptions(options);
  noteUnknownExtensions(extensions ?? []);
  return new InputInspection({
    sender: parseSender(options.sender),
    port: options.port === undefined ? null : parsePort(options.port),
    inflateLimit: maxPayload,
    extensions,
    leaveCompressed: !options.inflate,
    selection: parseSelection(options),
    messages: options.messages ?? false,
    isInterrupted: () => interruption.code !== null,
    note,
    async openView(capture) {
      const { view, payloadShown } = await openView(options.to ?? (capture ? "list" : "table"), options.color, output);
      // --grep searches more of a payload than the view shows.
      return { view, keep: Math.min(maxPayload, options.grep === undefined ? payloadShown : MAX_GREP_PAYLOAD_BYTES) };
    },
    afterChunk: () => output.drain(),
  });
}

/** Reports frames that the options hide. */
function noteHidden(showing: EventPresenter | null, options: DecodeOptions): void {
  if (showing === null) return;
  const { connections, handshakes, frames, items, shown, hasTruncatedPayload } = showing.counts;
  if (options.stream !== undefined && Number(options.stream) >= connections)
    note(`no connection ${Number(options.stream)} in the input: ${formatConnectionNumbers(connections)}`);
  if (options.frame !== undefined && frames === 0 && items > handshakes)
    note("--frame matches nothing: this input has whole messages, not frames");
  if (!isSelective(options) || shown === items) return;
  const blind =
    hasTruncatedPayload && options.grep !== undefined
      ? "; --grep searched each payload up to --max-payload (64MiB at most)"
      : "";
  const kinds = [
    ...(options.messages ? ["messages"] : []),
    items === 1 ? "frame" : "frames",
    ...(handshakes > 0 ? ["handshakes"] : []),
  ];
  const units = kinds.join(", ").replace(/, (\w+)$/, " and $1");
  note(`${formatNumber(shown)} of ${formatNumber(items)} ${units} shown; the exit code covers all${blind}`);
}

/** The numbers of the connections in the input, as a clause. */
function formatConnectionNumbers(count: number): string {
  if (count === 1) return "there is only 0";
  return `there are 0 ${count === 2 ? "and" : "to"} ${formatNumber(count - 1)}`;
}

/** For extensions other than compression, the meaning of the RSV bits is unknown. */
function noteUnknownExtensions(extensions: readonly Extension[]): void {
  const unknown = extensions.map(({ name }) => name).filter((name) => name !== PERMESSAGE_DEFLATE);
  if (unknown.length > 0) note(`unknown extension ${unknown.join(", ")}: its RSV bits are not checked`);
}

function parseSender(name: string): Sender | null {
  if (name === "auto") return null;
  if (name === "client" || name === "server") return name;
  throw new UsageError(`--sender must be client, server or auto, not ${quote(name)}`);
}
