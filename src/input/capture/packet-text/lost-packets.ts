/** Output of tshark and tcpdump without all bytes of the packets. */
export interface LossyPacketText {
  /** The line that shows it. */
  readonly pattern: RegExp;
  readonly message: string;
  readonly hint: string;
  /** Whether rows of bytes may still follow. */
  readonly mayHaveRows: boolean;
}

const WHOLE_PACKETS_HINT = "tshark -r FILE -T json -x, or give the pcap file itself";

const LOSSY_PACKET_TEXTS: readonly LossyPacketText[] = [
  {
    pattern: /<p[ds]ml\b/,
    message: "this is tshark's XML (-T pdml, psml), which cannot be read",
    hint: `print JSON instead: ${WHOLE_PACKETS_HINT}`,
    mayHaveRows: false,
  },
  {
    pattern: /^Frame \d{1,12}: \d{1,9} bytes? on wire\b/,
    message: "this is tshark -V, whose fields do not contain all bytes",
    hint: `add -x: tshark -r FILE -V -x; or ${WHOLE_PACKETS_HINT}`,
    mayHaveRows: true,
  },
  {
    pattern:
      /^(?:\S{1,32} {1,8}){0,4}(?:IP6? (?:\((?:tos 0x|flowlabel |class )|\S{1,80} > \S{1,80}: (?:Flags \[|tcp \d))|\S{1,32} > \S{1,32}, ethertype IPv)/,
    message: "this is tcpdump without hex rows: -A prints most bytes as dots",
    hint: "print the bytes: tcpdump -r FILE -tt -xx, or give the pcap file itself",
    mayHaveRows: true,
  },
  {
    pattern: /^ {0,16}\d{1,12} {1,8}\S{1,32}(?: \S{1,32})? {1,8}\S{1,64} (?:→|->) \S{1,64} {1,16}\S{1,32} \d{1,9} /,
    message: "this is tshark's packet list, which contains no bytes",
    hint: `print the bytes: ${WHOLE_PACKETS_HINT}`,
    mayHaveRows: true,
  },
  {
    pattern: /^["\w.:/-]{0,64}[\t,;]/,
    message: "these are columns, such as of tshark -T fields: it is unknown which of them has the bytes",
    hint: `print only the bytes: tshark -r FILE -T fields -e tcp.payload; or ${WHOLE_PACKETS_HINT}`,
    mayHaveRows: true,
  },
];

/** The sign of missing bytes on a line; `null` if there is none. */
export function findLossOnLine(line: string): LossyPacketText | null {
  return LOSSY_PACKET_TEXTS.find(({ pattern }) => pattern.test(line.slice(0, MAX_MATCHED_CHARACTERS))) ?? null;
}

const MAX_MATCHED_CHARACTERS = 1024;
/** How many lines at the start of a text are examined. */
const MAX_EXAMINED_LINES = 16;

/** Why a text is packets without their bytes, as a noun phrase; `null` if it is not. */
export function findLossyPackets(text: string, cut: boolean): string | null {
  const lines = text.split(/\r?\n/, 4096);
  const [pdml, ...others] = LOSSY_PACKET_TEXTS;
  const first = lines.slice(0, MAX_EXAMINED_LINES).filter((line) => line.trim() !== "");
  const begins = first.some((line) => line.startsWith("<")) && first.some((line) => pdml?.pattern.test(line));
  if (begins) return "the root of PDML";
  const [start = ""] = first;
  // A followed stream may have such lines above it.
  if (/^Follow: /m.test(text)) return null;
  if (others.slice(0, cut ? 2 : 3).some(({ pattern }) => pattern.test(start))) return "a packet's line";
  const complete = (cut ? lines.slice(0, -1) : lines).filter((line) => line.trim() !== "");
  return ["\t", ",", ";"].some((separator) => hasColumns(complete, separator)) ? "columns of fields" : null;
}

const COLUMN_CELL = /^[\w.,:/-]*$/;
const HEX_CELL = /^(?:0x)?[0-9a-fA-F]*$/;
const NUMBER_CELL = /^-?\d{1,10}$/;
/** The most digits of a word in a dump. */
const MAX_WORD_DIGITS = 16;

/**
 * Whether all lines have the same number of cells, one of them a number and another one bytes; with tabs, it may be
 * a word instead.
 */
function hasColumns(lines: readonly string[], separator: string): boolean {
  const rows = lines.map((line) => line.split(separator).map((cell) => cell.replace(/^"|"$/g, "")));
  const count = rows[0]?.length ?? 0;
  if (count < 2 || !rows.every((row) => row.length === count && row.every((cell) => COLUMN_CELL.test(cell))))
    return false;
  // gdb prints an address and a colon first.
  if (rows.some(([first]) => first?.endsWith(":"))) return false;
  const numbered = rows[0]?.some((_, column) => rows.every((row) => NUMBER_CELL.test(row[column] ?? ""))) ?? false;
  const telling = (cell: string): boolean =>
    HEX_CELL.test(cell) ? cell.length > MAX_WORD_DIGITS && !NUMBER_CELL.test(cell) : separator === "\t";
  return numbered && rows.some((row) => row.some(telling));
}
