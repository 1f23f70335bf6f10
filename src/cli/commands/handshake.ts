import type { Command } from "commander";
import { quote } from "../../bytes/safe-text.js";
import { InputError } from "../../input/input-error.js";
import { SELECT_HANDSHAKES } from "../../inspect/selection.js";
import { hasSeveralNotations, NoInputError, readBytes } from "../../inspect/source-reader.js";
import { StreamInspection } from "../../inspect/stream-inspection.js";
import { computeAccept, type HandshakeEvent, isHandshakeKey } from "../../protocol/handshake/handshake.js";
import { buildSwitchingResponse } from "../../protocol/handshake/handshake-reply.js";
import { type Finding, formatFinding } from "../../rules/judge.js";
import { NULL_VIEW } from "../../view/null-view.js";
import type { View } from "../../view/view.js";
import { addHelpSections } from "../help.js";
import { parseNotation } from "../options/format.js";
import { findArgumentError } from "../streams/argument-error.js";
import { note } from "../streams/note.js";
import { openView } from "../streams/open-view.js";
import { Output, OutputClosedError } from "../streams/output.js";
import { endInputOnInterrupt, type Interruption } from "../streams/signals.js";
import { openSources } from "../streams/sources.js";
import { UsageError } from "../usage-error.js";

/** Adds the arguments, options and action of `wsframe handshake`. */
export function configure(command: Command): void {
  addHelpSections(command, {
    Examples: {
      "wsframe handshake < head.txt": "check a handshake",
      "wsframe handshake --key dGhlIHNhbXBsZSBub25jZQ==": "compute Sec-WebSocket-Accept",
    },
    "Exit code": {
      0: "no error finding",
      1: "at least one error finding",
      2: "wrong usage, or no handshake in the input",
      130: "interrupted",
    },
  })
    .argument("[head...]", "HTTP heads as text or in any notation of decode; none or -: stdin")
    .option("-r, --read <file...>", "read files (-: stdin)")
    .option("-f, --from <format>", "notation of the input, as in decode", "auto")
    .option("-t, --to <view>", "how to show it, as in decode", "table")
    .option("--key <key>", "print the Sec-WebSocket-Accept for this key (with --reply: the whole response)")
    .option("--reply", "print the 101 response to the request")
    .option("--color <when>", "auto, always or never; auto follows NO_COLOR and FORCE_COLOR", "auto")
    .action(async (heads: string[], options: HandshakeOptions) => {
      process.exitCode = await handshake(heads, options);
    });
}

/** The options of `wsframe handshake`, as given. */
export interface HandshakeOptions {
  readonly read?: readonly string[];
  readonly from: string;
  readonly to: string;
  readonly key?: string;
  readonly reply?: boolean;
  readonly color: string;
}

/** Reads, checks and answers an opening handshake; returns the exit code. */
export async function handshake(heads: readonly string[], options: HandshakeOptions): Promise<number> {
  const output = new Output();
  try {
    const code = await runHandshake(heads, options, output);
    await output.flush();
    return code;
  } catch (error) {
    if (error instanceof OutputClosedError) return 0;
    await output.flush();
    throw await findArgumentError(heads, error);
  }
}

async function runHandshake(heads: readonly string[], options: HandshakeOptions, output: Output): Promise<number> {
  const { key, reply = false } = options;
  if (key !== undefined) {
    if (heads.length > 0 || options.read !== undefined)
      throw new UsageError("--key cannot be combined with a handshake to read: give one of them");
    const accept = computeAccept(parseKeyOption(key));
    output.write(encodeUtf8(reply ? buildSwitchingResponse(accept) : `${accept}\n`));
    return 0;
  }
  if (!reply) {
    const interruption = endInputOnInterrupt();
    const { view } = await openView(options.to, options.color, output);
    let broken = false;
    const judging: View = {
      ...NULL_VIEW,
      // The ends of the senders' bytes, without findings about frames.
      end: (event) => view.end(event, []),
      handshake(event, findings) {
        broken ||= findings.some(({ rule }) => rule.severity === "error");
        view.handshake(event, findings);
      },
    };
    try {
      await readHandshakes(heads, options, judging, interruption);
    } catch (error) {
      // Heads before the fault are shown, and JSON stays valid.
      if (output.hasStarted) view.close();
      throw error;
    }
    view.close();
    return interruption.code ?? (broken ? 1 : 0);
  }
  const asked: JudgedHandshake[] = [];
  await readHandshakes(heads, options, {
    ...NULL_VIEW,
    handshake: (event, findings) => asked.push({ event, findings }),
  });
  output.write(encodeUtf8(buildSwitchingResponse(findAccept(asked[0]))));
  return 0;
}

/** Bytes for a socket are written unchanged. */
function encodeUtf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Shows the input's handshakes in a view. */
async function readHandshakes(
  heads: readonly string[],
  options: HandshakeOptions,
  view: View,
  interruption: Interruption | null = null,
): Promise<void> {
  const notation = parseNotation(options.from);
  const apart = notation === null && (heads.length > 1 || hasSeveralNotations(heads));
  const interrupted = (): boolean => interruption !== null && interruption.code !== null;
  const inspection = new StreamInspection(view, {
    sender: null,
    keep: 0,
    selection: SELECT_HANDSHAKES,
    startsWithHead: true,
    isInterrupted: interrupted,
    note,
  });
  const take = (bytes: Uint8Array): void => inspection.push(bytes);
  for (const source of openSources(heads, options.read ?? [], { apart, over: interruption?.over ?? null })) {
    if (interrupted()) break;
    try {
      await readBytes(source, notation, take, async () => {}, note);
    } catch (error) {
      // An interrupted input may end anywhere.
      if (interrupted() && error instanceof InputError) break;
      if (!(error instanceof InputError) || error instanceof NoInputError) throw error;
      // Input in no known notation cannot be a head either.
      throw error.place === null && notation === null ? buildNoHandshakeError() : error;
    }
  }
  inspection.end();
  const { handshakes, frames } = inspection.presenter.counts;
  if (handshakes === 0 && !interrupted()) throw buildNoHandshakeError();
  if (frames > 0) note("frames follow the handshake; wsframe decode shows them");
}

function buildNoHandshakeError(): InputError {
  return new InputError(
    "no opening handshake in the input",
    null,
    "a handshake starts with `GET /chat HTTP/1.1` or `HTTP/1.1 101 Switching Protocols`",
  );
}

function parseKeyOption(key: string): string {
  const trimmed = key.replace(/^\s*Sec-WebSocket-Key\s*:/i, "").trim();
  if (isHandshakeKey(trimmed)) return trimmed;
  throw new UsageError(`--key must be 16 bytes in base64, such as dGhlIHNhbXBsZSBub25jZQ==, not ${quote(key)}`);
}

/** A handshake whose request needs a response. */
interface JudgedHandshake {
  readonly event: HandshakeEvent;
  readonly findings: readonly Finding[];
}

/** The accept value for a request. A request that breaks a rule gets no 101 (RFC 6455 §4.2.1). */
function findAccept(asked: JudgedHandshake | undefined): string {
  const request = asked?.event.request ?? null;
  if (asked === undefined || request === null) throw new UsageError("--reply needs a request, and the input has none");
  const { offset, length } = request;
  const faults = asked.findings.filter(
    ({ rule, detail, offset: at }) =>
      // Files often lose line ends, so a request with that fault still gets a response.
      rule.severity === "error" && at >= offset && at < offset + length && detail.kind !== "bare-lf",
  );
  const { expectedAccept } = asked.event;
  if (faults.length === 0 && expectedAccept !== null) return expectedAccept;
  const list = faults.map((finding) => `${finding.rule.id} (${formatFinding(finding)})`).join("; ");
  throw new UsageError(`this request must not get a 101 response: ${list}`);
}
