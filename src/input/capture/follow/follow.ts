import type { TrafficSink } from "../../../protocol/traffic.js";
import { InputError } from "../../input-error.js";
import { buildLineError, type Line, LineReader, type LineReceiver } from "../../line-reader.js";
import type { Fit, Sample } from "../../notation/notation.js";
import type { CaptureFormat } from "../capture-format.js";
import { FollowArrays, isArrayOpening } from "./follow-arrays.js";
import { FollowHex, isFollowRow } from "./follow-hex.js";
import { FollowRaw } from "./follow-raw.js";
import { FollowedStream } from "./follow-stream.js";
import { FollowYaml } from "./follow-yaml.js";

/** A stream followed by Wireshark or tshark, in every form that keeps its bytes. */
export const follow: CaptureFormat = {
  name: "follow",
  reads: "tshark -z follow,tcp (raw, hex, yaml); Wireshark's Follow Stream",
  probe,
  open: (sink) => new LineReader(new FollowReader(sink)),
};

const SEPARATOR_LINE = /^={20,200}$/;
const FOLLOW_HEADING = /^Follow: ([a-z0-9_.-]{1,40}),([a-z0-9_-]{1,20})$/;
const NODE_LINE = /^Node ([01]): (.*)$/;
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

/** Whether both sides have rows from offset zero on: an ordinary dump has one such row and no indented ones. */
function isSavedDump(text: string): boolean {
  const [first = ""] = text.split("\n", 1);
  if (!isFollowRow(first)) return false;
  return /^0{8} {2}[0-9a-f]{2}/m.test(text) && /^(?:\t| {4})0{8} {2}[0-9a-f]{2}/m.test(text) && !/\|\r?$/.test(first);
}

/** Detects the form of each stream and passes its lines to the reader of that form. */
class FollowReader implements LineReceiver {
  readonly #stream: FollowedStream;
  #formReader: LineReceiver | null = null;
  /** Whether the form is from tshark, between a heading and a rule. */
  #hasHeading = false;
  #mode = "";
  #nodes: string[] = [];
  #hasFoundStream = false;

  constructor(sink: TrafficSink) {
    this.#stream = new FollowedStream(sink);
  }

  line(line: Line): void {
    const { text } = line;
    if (SEPARATOR_LINE.test(text)) this.#closeStream();
    else if (text.startsWith("Follow: ")) this.#readHeading(line);
    else if (this.#mode !== "") this.#readBelowHeading(line);
    else if (this.#hasHeading) this.#formReader?.line(line);
    else if (text.startsWith("peers:") && !(this.#formReader instanceof FollowYaml))
      this.#beginForm(new FollowYaml(this.#stream), line);
    else if (this.#formReader !== null) this.#formReader.line(line);
    else if (isArrayOpening(text)) this.#beginForm(new FollowArrays(this.#stream), line);
    else if (isFollowRow(text)) this.#beginForm(new FollowHex(this.#stream, false), line);
    // Outside of a stream there may be other text, such as tshark's packet list or a prompt.
  }

  end(): void {
    this.#closeStream();
    if (this.#stream.connectionCount > 0) return;
    throw this.#hasFoundStream
      ? new InputError("the followed stream is empty", null, "list the streams of a capture with tshark -z conv,tcp")
      : new InputError("the input has no followed stream", null, HINT);
  }

  #beginForm(form: LineReceiver, line: Line): void {
    this.#closeStream();
    this.#formReader = form;
    this.#hasFoundStream = true;
    form.line(line);
  }

  #closeStream(): void {
    this.#formReader?.end();
    this.#formReader = null;
    this.#hasHeading = false;
    this.#mode = "";
    this.#stream.endConnection();
  }

  #readHeading(line: Line): void {
    this.#closeStream();
    const [, protocol = "", mode = ""] = FOLLOW_HEADING.exec(line.text) ?? [];
    this.#hasFoundStream = true;
    if (mode !== "raw" && mode !== "hex" && mode !== "yaml") {
      throw buildLineError(line, 8, `bytes are lost in ${mode || "this form"}: most are printed as dots`, HINT);
    }
    if (/^(?:udp|quic|http2|websocket)$/.test(protocol)) {
      throw buildLineError(line, 8, `a ${protocol} stream has no WebSocket frames: WebSocket runs over TCP`, HINT);
    }
    this.#mode = mode;
    this.#nodes = [];
  }

  /** The lines that name the ends. Data starts on the line after them. */
  #readBelowHeading(line: Line): void {
    if (line.text.startsWith("Filter: ")) return;
    const [, , node] = NODE_LINE.exec(line.text) ?? [];
    if (node !== undefined && this.#nodes.length < 2) {
      this.#nodes.push(node);
      return;
    }
    const [first, second] = this.#nodes;
    this.#stream.beginConnection(first === undefined || second === undefined ? null : [first, second]);
    const stream = this.#stream;
    this.#formReader =
      this.#mode === "raw"
        ? new FollowRaw(stream)
        : this.#mode === "hex"
          ? new FollowHex(stream, true)
          : new FollowYaml(stream);
    this.#hasHeading = true;
    this.#mode = "";
    this.#formReader.line(line);
  }
}
