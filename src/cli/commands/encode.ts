import type { Command } from "commander";
import { makeLinesSafe, quote } from "../../bytes/safe-text.js";
import { NOTATIONS } from "../../input/notation/notations.js";
import { StreamInspection } from "../../inspect/stream-inspection.js";
import { Connection } from "../../protocol/connection.js";
import type { FrameEvent } from "../../protocol/connection-events.js";
import { PERMESSAGE_DEFLATE } from "../../protocol/deflate/deflate-agreement.js";
import { isControl } from "../../protocol/frame/opcode.js";
import type { Extension } from "../../protocol/handshake/extensions.js";
import { formatFinding, judgeFrame } from "../../rules/judge.js";
import { ENCODE_FORMATS, type EncodeFormat } from "../../view/encode-formats.js";
import { addHelpSections } from "../help.js";
import { type BuildOptions, buildFrames } from "../options/build-frames.js";
import { parseFrameOptions } from "../options/frame-options.js";
import { addFrameOptions } from "../options/with-frame-options.js";
import { note } from "../streams/note.js";
import { openView } from "../streams/open-view.js";
import { Output, OutputClosedError } from "../streams/output.js";
import { readPayload } from "../streams/payload-source.js";
import { UsageError } from "../usage-error.js";

/** Adds the arguments, options and action of `wsframe encode`. */
export function configure(command: Command): void {
  const from = ["text", ...NOTATIONS.map(({ name }) => name)].join(", ");
  const to = [...Object.keys(ENCODE_FORMATS), "table", "json"].join(", ");
  command
    .argument("[text]", "payload; none or -: stdin, byte for byte; after --, it may start with -")
    .option("-r, --read <file>", "read the payload from a file")
    .option("-f, --from <format>", `notation of the payload: ${from}`, "text")
    .option("-t, --to <format>", `output: ${to}`, "hex");
  addHelpSections(addFrameOptions(command), {
    Example: { "wsframe encode --mask hello": "a client's text frame" },
    "Exit code": { 0: "frames written", 2: "wrong usage, or a frame that breaks the RFC without --invalid" },
  })
    .option("--invalid", "allow frames that break the RFC")
    .option("--color <when>", "auto, always or never; only --to table has colour", "auto")
    .action(async (text: string | undefined, options: EncodeOptions) => {
      process.exitCode = await encode(text, options);
    });
}

/** The options of `wsframe encode`, as given. */
export interface EncodeOptions extends BuildOptions {
  readonly read?: string;
  readonly to: string;
  readonly color: string;
}

/** Builds frames and writes them; returns the exit code. */
export async function encode(text: string | undefined, options: EncodeOptions): Promise<number> {
  const write = parseEncodeFormat(options.to);
  const header = parseFrameOptions(options);
  const payload = await readPayload(text, options, isControl(header.opcode));
  const frames = buildFrames(payload, header, options);
  if (!options.invalid) refuseInvalid(frames, assumedExtensions(options));
  const output = new Output();
  try {
    if (write === null) await showFrames(frames, options, output);
    else
      for (const frame of frames) {
        const written = write(frame);
        output.write(typeof written === "string" ? makeLinesSafe(written) : written);
      }
    await output.flush();
  } catch (error) {
    if (!(error instanceof OutputClosedError)) throw error;
  }
  return 0;
}

/** The writer that `--to` selects; `null` for a view of `decode`. */
function parseEncodeFormat(name: string): EncodeFormat | null {
  if (Object.hasOwn(ENCODE_FORMATS, name)) return ENCODE_FORMATS[name] as EncodeFormat;
  if (name === "table" || name === "json") return null;
  throw new UsageError(
    `unknown output format ${quote(name)}; choose from ${Object.keys(ENCODE_FORMATS).join(", ")}, table, json`,
  );
}

/** The extensions that the frames need to be valid. */
function assumedExtensions({ deflate }: EncodeOptions): readonly Extension[] {
  return deflate ? [{ name: PERMESSAGE_DEFLATE, params: [] }] : [];
}

const LENGTH_TOO_LARGE = "--length is more than the payload: a receiver would wait for the rest";
const LENGTH_TOO_SMALL = "--length is less than the payload: the rest would be read as another frame";

/** Rejects frames that break the RFC, and names the broken rules. */
function refuseInvalid(frames: readonly Uint8Array[], extensions: readonly Extension[]): void {
  const faults = new Set<string>();
  let decoded = 0;
  const judge = (event: FrameEvent): void => {
    if (decoded++ > 0) return;
    for (const finding of judgeFrame(event)) {
      // A continuation may be built alone, for a message that another command begins.
      if (finding.rule.severity !== "error" || finding.rule.id === "unexpected-continuation") continue;
      const isCut = finding.rule.id === "truncated-frame";
      faults.add(isCut ? LENGTH_TOO_LARGE : `${finding.rule.id} (${formatFinding(finding)})`);
    }
  };
  const sink = { frame: judge, handshake() {}, end() {}, closed() {} };
  const connection = new Connection(sink, { stream: 0, keep: 0, extensions });
  for (const frame of frames) {
    decoded = 0;
    const stream = connection.openFrames(null);
    stream.push(frame);
    stream.end();
    if (decoded > 1) faults.add(LENGTH_TOO_SMALL);
  }
  if (faults.size === 0) return;
  throw new UsageError(`this frame breaks RFC 6455: ${[...faults].join("; ")}; add --invalid to build it anyway`);
}

async function showFrames(frames: readonly Uint8Array[], options: EncodeOptions, output: Output): Promise<void> {
  const { view, payloadShown } = await openView(options.to, options.color, output);
  const extensions = assumedExtensions(options);
  const inspection = new StreamInspection(view, { sender: null, keep: payloadShown, extensions, note });
  for (const frame of frames) {
    inspection.push(frame);
    await output.drain();
  }
  inspection.end();
  view.close();
}
