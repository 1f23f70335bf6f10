import { PAIR_COLUMNS, type ParsedColumns, parseColumns, WORD_COLUMNS } from "../hex-columns.js";

/** A row of a packet's bytes. */
export interface PacketRow {
  readonly offset: number;
  readonly bytes: ParsedColumns;
}

/** tcpdump: a tab, an offset with 0x and a colon, words of two bytes. */
const TCPDUMP_ROW = /^[\t ]{1,16}0x([0-9a-f]{4,8}): {1,2}(?=[0-9a-f]{2})/;
/** tshark: an offset at the start of the line, pairs of digits. */
const TSHARK_ROW = /^([0-9a-f]{4,8}) {2}(?=[0-9a-f]{2}(?: |$))/;

/** Parses a line; `null` if it is not a row. */
export function parsePacketRow(text: string): PacketRow | null {
  const tcpdump = TCPDUMP_ROW.exec(text);
  const row = tcpdump ?? TSHARK_ROW.exec(text);
  if (row === null) return null;
  const bytes = parseColumns(text, row[0].length, tcpdump === null ? PAIR_COLUMNS : WORD_COLUMNS);
  return { offset: Number.parseInt(row[1] as string, 16), bytes };
}
