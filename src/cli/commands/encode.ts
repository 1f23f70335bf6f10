import { randomBytes } from "node:crypto";
import { Connection } from "../../protocol/connection.js";
import type { FrameEvent } from "../../protocol/connection-events.js";
import { PERMESSAGE_DEFLATE } from "../../protocol/deflate-agreement.js";
import type { Extension } from "../../protocol/extensions.js";
import { FrameDecoder } from "../../protocol/frame-decoder.js";
import { encodeFrame, type FrameDescription } from "../../protocol/frame-encoder.js";
import { FrameReader } from "../../protocol/frame-reader.js";
import { isControl, OPCODE } from "../../protocol/opcode.js";
import { describe, judgeFrame } from "../../rules/judge.js";
import { type FrameWriter, WRITERS } from "../../view/frame-writers.js";
import { closeCodeOf, fragmentSizeOf, headerOf } from "../frame-options.js";
import { Inspection } from "../inspection.js";
import { Output, OutputClosed } from "../output.js";
import { readPayload } from "../payload-source.js";
import { UsageError } from "../usage-error.js";
import { openView } from "../view-context.js";

/** The options of `wsframe encode`, as they were given. */
export interface EncodeOptions {
  readonly read?: string;
  readonly from: string;
  readonly to: string;
  readonly opcode?: string;
  readonly mask?: boolean;
  readonly maskingKey?: string;
  readonly closeCode?: string;
  readonly fragment?: string;
  readonly fin: boolean;
  readonly rsv1?: boolean;
  readonly rsv2?: boolean;
  readonly rsv3?: boolean;
  readonly lengthBits?: string;
  readonly length?: string;
  readonly deflate?: boolean;
  readonly invalid?: boolean;
  readonly color: string;
}

/** Builds frames and writes them; returns the exit code. */
export async function encode(text: string | undefined, options: EncodeOptions): Promise<number> {
  const write = writerNamed(options.to);
  const header = headerOf(options);
  const size = fragmentSizeOf(options);
  const plain = closeBody(await readPayload(text, options, isControl(header.opcode)), header.opcode, options);
  const payload = options.deflate ? await deflated(plain, header.opcode) : plain;
  const frames = buildFrames(payload, size, header, options);
  if (!options.invalid) refuseInvalid(frames, agreedBy(options));
  const output = new Output();
  try {
    if (write === null) await show(frames, options, output);
    else for (const frame of frames) output.write(write(frame));
    await output.flush();
  } catch (error) {
    if (!(error instanceof OutputClosed)) throw error;
  }
  return 0;
}

/** The writer that `--to` names; `null` for a view of `decode`. */
function writerNamed(name: string): FrameWriter | null {
  if (Object.hasOwn(WRITERS, name)) return WRITERS[name] as FrameWriter;
  if (name === "table" || name === "json") return null;
  throw new UsageError(
    `--to ${JSON.stringify(name)} is nothing that encode writes; there are ${Object.keys(WRITERS).join(", ")}, table, json`,
  );
}

/** Puts the status code before a Close frame's reason (RFC 6455 §5.5.1). */
function closeBody(payload: Uint8Array, opcode: number, options: EncodeOptions): Uint8Array {
  if (options.closeCode !== undefined) {
    const code = closeCodeOf(options.closeCode);
    return Buffer.concat([Uint8Array.of(code >> 8, code), payload]);
  }
  if (opcode === OPCODE.close && payload.length > 0 && options.from === "text" && !options.invalid) {
    throw new UsageError("a Close reason needs a status code before it: add --close-code 1000, or another");
  }
  return payload;
}

/** Compresses a message as permessage-deflate does (RFC 7692 §7.2.1). */
async function deflated(payload: Uint8Array, opcode: number): Promise<Uint8Array> {
  if (isControl(opcode))
    throw new UsageError("--deflate compresses data messages; control frames are never compressed");
  if (payload.length === 0) return Uint8Array.of(0);
  const { constants, deflateRawSync } = await import("node:zlib");
  return deflateRawSync(payload, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
}

/** The extensions without which the frames would break the RFC. */
function agreedBy({ deflate }: EncodeOptions): readonly Extension[] {
  return deflate ? [{ name: PERMESSAGE_DEFLATE, params: [] }] : [];
}

/** The payload in frames of at most `size` bytes each: the first with the opcode, the others continuations (RFC 6455 §5.4). */
function buildFrames(
  payload: Uint8Array,
  size: number,
  header: FrameDescription,
  options: EncodeOptions,
): Uint8Array[] {
  const frames: Uint8Array[] = [];
  let start = 0;
  do {
    const end = Math.min(payload.length, start + size);
    const last = end === payload.length;
    const description: FrameDescription = {
      ...header,
      opcode: start === 0 ? header.opcode : OPCODE.continuation,
      fin: last && options.fin,
      ...(options.deflate && start === 0 ? { rsv1: true } : {}),
      payload: payload.subarray(start, end),
      ...(options.mask ? { maskingKey: randomBytes(4).readUInt32BE() } : {}),
    };
    frames.push(encoded(description));
    start = end;
  } while (start < payload.length);
  return frames;
}

function encoded(description: FrameDescription): Uint8Array {
  try {
    return encodeFrame(description);
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message);
    throw error;
  }
}

/** Refuses frames that break the RFC, with the rules that they break. */
function refuseInvalid(frames: readonly Uint8Array[], extensions: readonly Extension[]): void {
  const said = new Set<string>();
  let decoded = 0;
  const judge = (event: FrameEvent): void => {
    if (decoded++ > 0) return;
    for (const finding of judgeFrame(event)) {
      // A continuation is built alone, for a message that another command begins.
      if (finding.rule.severity !== "error" || finding.rule.id === "unexpected-continuation") continue;
      said.add(`${finding.rule.id} (${describe(finding)})`);
    }
  };
  const sink = { frame: judge, handshake() {}, end() {}, closed() {} };
  const connection = new Connection(sink, { stream: 0, keep: 0, extensions });
  for (const frame of frames) {
    decoded = 0;
    const decoder = new FrameDecoder(new FrameReader(null, 0, connection.reading(false)));
    decoder.push(frame);
    decoder.end();
    if (decoded > 1)
      said.add("--length announces fewer bytes than the payload has, and the rest would be read as another frame");
  }
  if (said.size === 0) return;
  throw new UsageError(
    `refused, since this breaks RFC 6455: ${[...said].join("; ")}; --invalid builds it all the same`,
  );
}

async function show(frames: readonly Uint8Array[], options: EncodeOptions, output: Output): Promise<void> {
  const { view, payloadShown } = await openView(options.to, options.color, output);
  const extensions = agreedBy(options);
  const inspection = new Inspection(view, { sender: null, keep: payloadShown, extensions });
  for (const frame of frames) {
    inspection.push(frame);
    await output.drain();
  }
  inspection.end();
  view.close();
}
