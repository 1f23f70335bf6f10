/** What tshark and tcpdump print of packets without all of their bytes. */
export interface LostPackets {
  /** The line that shows it. */
  readonly sign: RegExp;
  readonly says: string;
  readonly hint: string;
  /** Whether rows of bytes may come with it all the same. */
  readonly rows: boolean;
}

const WHOLE = "tshark -r FILE -T json -x, or give the pcap file itself";

const LOST: readonly LostPackets[] = [
  {
    sign: /<p[ds]ml\b/,
    says: "this is tshark's XML (-T pdml, psml), which is not read",
    hint: `print JSON instead: ${WHOLE}`,
    rows: false,
  },
  {
    sign: /^Frame \d{1,12}: \d{1,9} bytes? on wire\b/,
    says: "this is tshark -V, whose fields do not hold all bytes",
    hint: `add -x: tshark -r FILE -V -x; or ${WHOLE}`,
    rows: true,
  },
  {
    sign: /^(?:\S{1,32} {1,8}){0,4}(?:IP6? (?:\((?:tos 0x|flowlabel |class )|\S{1,80} > \S{1,80}: (?:Flags \[|tcp \d))|\S{1,32} > \S{1,32}, ethertype IPv)/,
    says: "this is tcpdump without rows of hex: -A prints most bytes as a dot",
    hint: "print the bytes: tcpdump -r FILE -tt -xx, or give the pcap file itself",
    rows: true,
  },
  {
    sign: /^ {0,16}\d{1,12} {1,8}\S{1,32}(?: \S{1,32})? {1,8}\S{1,64} (?:→|->) \S{1,64} {1,16}\S{1,32} \d{1,9} /,
    says: "this is tshark's list of packets, which holds no bytes",
    hint: `print the bytes: ${WHOLE}`,
    rows: true,
  },
  {
    sign: /^["\w.:/-]{0,64}[\t,;]/,
    says: "these are columns, as of tshark -T fields: which of them holds bytes is not said",
    hint: `print the bytes alone: tshark -r FILE -T fields -e tcp.payload; or ${WHOLE}`,
    rows: true,
  },
];

/** The sign on a line that bytes are lost; `null` where there is none. */
export function lostOn(line: string): LostPackets | null {
  return LOST.find(({ sign }) => sign.test(line.slice(0, LONGEST))) ?? null;
}

const LONGEST = 1024;
/** Lines at the start of a text that are looked at. */
const LOOKED_AT = 16;

/** Whether a text is packets without their bytes, as a noun phrase; `null` where it is not. */
export function lostPackets(text: string, cut: boolean): string | null {
  const lines = text.split(/\r?\n/, 4096);
  const [pdml, ...others] = LOST;
  const first = lines.slice(0, LOOKED_AT).filter((line) => line.trim() !== "");
  const begins = first.some((line) => line.startsWith("<")) && first.some((line) => pdml?.sign.test(line));
  if (begins) return "the root of PDML";
  const [start = ""] = first;
  // A stream that was followed may have such lines above it.
  if (/^Follow: /m.test(text)) return null;
  if (others.slice(0, cut ? 2 : 3).some(({ sign }) => sign.test(start))) return "a packet's line";
  const complete = (cut ? lines.slice(0, -1) : lines).filter((line) => line.trim() !== "");
  return ["\t", ",", ";"].some((separator) => isColumns(complete, separator)) ? "columns of fields" : null;
}

const CELL = /^[\w.,:/-]*$/;
const HEX = /^(?:0x)?[0-9a-fA-F]*$/;
const NUMBER = /^-?\d{1,10}$/;
/** No word of a dump has more digits. */
const LONGEST_WORD = 16;

/**
 * Whether lines are the same number of cells each, of which one is a number, and another a run of bytes; between tabs it may
 * be a word too.
 */
function isColumns(lines: readonly string[], separator: string): boolean {
  const rows = lines.map((line) => line.split(separator).map((cell) => cell.replace(/^"|"$/g, "")));
  const count = rows[0]?.length ?? 0;
  if (count < 2 || !rows.every((row) => row.length === count && row.every((cell) => CELL.test(cell)))) return false;
  // gdb has an address and a colon first.
  if (rows.some(([first]) => first?.endsWith(":"))) return false;
  const numbered = rows[0]?.some((_, column) => rows.every((row) => NUMBER.test(row[column] ?? ""))) ?? false;
  const telling = (cell: string): boolean =>
    HEX.test(cell) ? cell.length > LONGEST_WORD && !NUMBER.test(cell) : separator === "\t";
  return numbered && rows.some((row) => row.some(telling));
}
