import type { CaptureSink } from "../../../protocol/traffic.js";
import { InputError } from "../../input-error.js";
import { faultOn, type Line, LineReader, type LineTaker } from "../../line-reader.js";
import type { Fit, Sample } from "../../notation/notation.js";
import type { CaptureFormat } from "../capture-format.js";
import { FollowArrays, isArrayOpening } from "./follow-arrays.js";
import { FollowHex, isFollowRow } from "./follow-hex.js";
import { FollowRaw } from "./follow-raw.js";
import { FollowedStream } from "./follow-stream.js";
import { FollowYaml } from "./follow-yaml.js";

/** A stream that Wireshark or tshark followed, in any form that keeps its bytes. */
export const follow: CaptureFormat = {
  name: "follow",
  reads: "tshark -z follow,tcp (raw, hex, yaml); Wireshark's Follow Stream",
  probe,
  open: (sink) => new LineReader(new FollowReader(sink)),
};

const RULE = /^={20,200}$/;
const HEADING = /^Follow: ([a-z0-9_.-]{1,40}),([a-z0-9_-]{1,20})$/;
const NODE = /^Node ([01]): (.*)$/;
const HINT = "follow the stream with tshark -q -z follow,tcp,raw,0 or follow,tcp,yaml,0";

function probe({ text }: Sample): Fit | null {
  if (text === null) return null;
  if (/^Follow: [a-z0-9_.-]{1,40},[a-z0-9_-]{1,20}\r?\n(?:Filter|Node 0): /m.test(text))
    return { fit: "sure", why: "the heading of tshark -z follow" };
  if (/^\s{0,16}peers:\r?\n {2}- peer: 0\r?\n/.test(text)) return { fit: "sure", why: "a followed stream in YAML" };
  if (/^\s{0,16}(?:[a-z ]{1,40} )?char peer[01]_\d{1,10}\[\] = \{/.test(text))
    return { fit: "sure", why: "a followed stream in C arrays" };
  return isSavedDump(text) ? { fit: "sure", why: "rows of two sides, one of them indented" } : null;
}

/** Rows of both sides, each from an offset of zero on: a dump of one thing has only one, and indents no row. */
function isSavedDump(text: string): boolean {
  const [first = ""] = text.split("\n", 1);
  if (!isFollowRow(first)) return false;
  return /^0{8} {2}[0-9a-f]{2}/m.test(text) && /^(?:\t| {4})0{8} {2}[0-9a-f]{2}/m.test(text) && !/\|\r?$/.test(first);
}

/** Finds out, line by line, in which form a stream is, and hands its lines on. */
class FollowReader implements LineTaker {
  readonly #stream: FollowedStream;
  #form: LineTaker | null = null;
  /** Whether the form is one of tshark's, between a heading and a rule. */
  #headed = false;
  #mode = "";
  #nodes: string[] = [];
  #found = false;

  constructor(sink: CaptureSink) {
    this.#stream = new FollowedStream(sink);
  }

  line(line: Line): void {
    const { text } = line;
    if (RULE.test(text)) this.#close();
    else if (text.startsWith("Follow: ")) this.#heading(line);
    else if (this.#mode !== "") this.#belowHeading(line);
    else if (this.#headed) this.#form?.line(line);
    else if (text.startsWith("peers:") && !(this.#form instanceof FollowYaml))
      this.#begin(new FollowYaml(this.#stream), line);
    else if (this.#form !== null) this.#form.line(line);
    else if (isArrayOpening(text)) this.#begin(new FollowArrays(this.#stream), line);
    else if (isFollowRow(text)) this.#begin(new FollowHex(this.#stream, false), line);
    // Outside of a stream there may be anything: tshark's list of packets, a prompt.
  }

  end(): void {
    this.#close();
    if (this.#stream.connections > 0) return;
    throw this.#found
      ? new InputError("the followed stream is empty", null, "tshark -z conv,tcp lists the streams that there are")
      : new InputError("no followed stream in the input", null, HINT);
  }

  #begin(form: LineTaker, line: Line): void {
    this.#close();
    this.#form = form;
    this.#found = true;
    form.line(line);
  }

  #close(): void {
    this.#form?.end();
    this.#form = null;
    this.#headed = false;
    this.#mode = "";
    this.#stream.end();
  }

  #heading(line: Line): void {
    this.#close();
    const [, protocol = "", mode = ""] = HEADING.exec(line.text) ?? [];
    this.#found = true;
    if (mode !== "raw" && mode !== "hex" && mode !== "yaml") {
      throw faultOn(line, 8, `bytes are lost in ${mode || "this form"}: most were printed as a dot`, HINT);
    }
    if (/^(?:udp|quic|http2|websocket)$/.test(protocol)) {
      throw faultOn(line, 8, `a stream of ${protocol} has no frames of WebSocket over TCP`, HINT);
    }
    this.#mode = mode;
    this.#nodes = [];
  }

  /** The lines that name the ends. The first line behind them is data. */
  #belowHeading(line: Line): void {
    if (line.text.startsWith("Filter: ")) return;
    const [, , node] = NODE.exec(line.text) ?? [];
    if (node !== undefined && this.#nodes.length < 2) {
      this.#nodes.push(node);
      return;
    }
    const [first, second] = this.#nodes;
    this.#stream.begin(first === undefined || second === undefined ? null : [first, second]);
    const stream = this.#stream;
    this.#form =
      this.#mode === "raw"
        ? new FollowRaw(stream)
        : this.#mode === "hex"
          ? new FollowHex(stream, true)
          : new FollowYaml(stream);
    this.#headed = true;
    this.#mode = "";
    this.#form.line(line);
  }
}
