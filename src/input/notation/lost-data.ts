import { blankEscapedStrings } from "./quotes.js";
import { buildTextError } from "./whole-text.js";

/** A sign of lost data: its pattern, its meaning, and how to print all of the data. */
interface DataLoss {
  readonly pattern: RegExp;
  readonly message: string;
  readonly hint: string;
}

const DATA_LOSSES: readonly DataLoss[] = [
  {
    pattern: /\.\.\. \d+ more bytes?>/,
    message: "a Node Buffer was truncated when it was printed",
    hint: 'print the whole buffer: buffer.toString("hex"), or raise require("buffer").INSPECT_MAX_BYTES',
  },
  {
    pattern: /\.\.\. \d+ more items?/,
    message: "a list was truncated when it was printed",
    hint: "print the whole list: util.inspect(array, { maxArrayLength: null }), or Buffer.from(array).toString('hex')",
  },
  {
    pattern: /(?<=\d,\s?)…/,
    message: "a list was truncated when it was printed",
    hint: "print the whole list: Array.from(bytes).join()",
  },
  {
    pattern: /java\.nio\.\w{1,40}\[pos=/,
    message: "a ByteBuffer's toString() does not contain its bytes",
    hint: "print the bytes: HexFormat.of().formatHex(bytes), or Arrays.toString(bytes)",
  },
  {
    pattern: /,\s?\.\.\.\s?>>/,
    message: "an Erlang binary was truncated when it was printed",
    hint: 'print all of it: io:format("~w~n", [Bin])',
  },
  {
    pattern: /"\.\.\.(?=\s*[,)])/,
    message: "strace truncated the string",
    hint: "run strace -s 1000000 -xx",
  },
  {
    pattern: /\bbytes = 0x[0-9a-f]+ \.\.\. [0-9a-f]+/,
    message: "an NSData description was truncated when it was printed",
    hint: 'print all of it: data.map { String(format: "%02x", $0) }.joined()',
  },
  {
    pattern: /^\s*\{?[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{1,12}\}?\s*$/,
    message: "this looks like a GUID, whose fields can be in either byte order",
    hint: "if it is plain hex, add --from hex",
  },
  {
    pattern: /(?<=[ <][0-9a-f]{2,8})>\s*\{length = \d+, bytes = 0x/,
    message: "the input has the same data in two notations",
    hint: "keep one of the lines",
  },
];

/** Throws `InputError` for a text that shows signs of lost data. */
export function refuseLostData(text: string): void {
  // There, dots are data.
  const outside = blankEscapedStrings(text);
  for (const { pattern, message, hint } of DATA_LOSSES) {
    const index = outside.search(pattern);
    if (index >= 0)
      throw buildTextError(text, index + (/\.\.\./.exec(outside.slice(index))?.index ?? 0), message, hint);
  }
}

/** Whether a text has a sign of lost data. */
export function hasLostData(text: string): boolean {
  const outside = blankEscapedStrings(text);
  return DATA_LOSSES.some(({ pattern }) => pattern.test(outside));
}
