import { withoutEscapedStrings } from "./quotes.js";
import { faultAt } from "./whole-text.js";

/** A sign that some of the data is gone: what it looks like, what it means, and how to print all of it. */
interface Loss {
  readonly sign: RegExp;
  readonly says: string;
  readonly hint: string;
}

const LOSSES: readonly Loss[] = [
  {
    sign: /\.\.\. \d+ more bytes?>/,
    says: "a Node Buffer was cut",
    hint: 'print all of it: buffer.toString("hex"), or set require("buffer").INSPECT_MAX_BYTES',
  },
  {
    sign: /\.\.\. \d+ more items?/,
    says: "a list was cut",
    hint: "print all of it: util.inspect(array, { maxArrayLength: null }), or Buffer.from(array).toString('hex')",
  },
  {
    sign: /java\.nio\.\w{1,40}\[pos=/,
    says: "a ByteBuffer's toString holds no data",
    hint: "print the bytes: HexFormat.of().formatHex(bytes), or Arrays.toString(bytes)",
  },
  {
    sign: /,\s?\.\.\.\s?>>/,
    says: "an Erlang binary was cut",
    hint: 'print all of it: io:format("~w~n", [Bin])',
  },
  {
    sign: /"\.\.\.(?=\s*[,)])/,
    says: "strace cut the string",
    hint: "trace with strace -s 1000000 -xx",
  },
  {
    sign: /\bbytes = 0x[0-9a-f]+ \.\.\. [0-9a-f]+/,
    says: "an NSData description was cut",
    hint: 'print all of it: data.map { String(format: "%02x", $0) }.joined()',
  },
  {
    sign: /^\s*\{?[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{1,12}\}?\s*$/,
    says: "this is shaped like a GUID, whose fields may stand in either byte order",
    hint: "if it is plain hex, say so: --from hex",
  },
  {
    sign: /(?<=[ <][0-9a-f]{2,8})>\s*\{length = \d+, bytes = 0x/,
    says: "the same data stands here in two notations",
    hint: "keep one of the lines",
  },
];

/** Refuses a text in which data is gone. */
export function refuseLost(text: string): void {
  // There, dots are data.
  const outside = withoutEscapedStrings(text);
  for (const { sign, says, hint } of LOSSES) {
    const index = outside.search(sign);
    if (index >= 0) throw faultAt(text, index + (/\.\.\./.exec(outside.slice(index))?.index ?? 0), says, hint);
  }
}

/** Whether a text has a sign of lost data. */
export function hasLost(text: string): boolean {
  const outside = withoutEscapedStrings(text);
  return LOSSES.some(({ sign }) => sign.test(outside));
}
