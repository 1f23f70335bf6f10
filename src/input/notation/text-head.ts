/** The first line of an HTTP head in text: a backslash in it would be an escaped line end. */
const START_LINE = /^(?:[A-Z]+ [^\s\\]+ HTTP\/\d(?:\.\d)?[ \t]*|HTTP\/\d(?:\.\d)? \d{3}(?:[ \t][^\r\n\\]*)?)$/;
const HANDSHAKE_HEADER = /^(?:host|upgrade|connection|sec-websocket-[a-z0-9-]+)[ \t]*:/i;
const LINE_END = /\r\n|\n|\r/;
const LINE_ENDS = /\r\n|\n|\r/g;

/** Whether a text begins with an HTTP head. */
export function startsWithHead(text: string): boolean {
  const [first = ""] = text.split(LINE_END, 1);
  return START_LINE.test(first) || HANDSHAKE_HEADER.test(first);
}

/** Whether a text has handshake headers, and they begin in its second line. */
export function hasHandshakeHeaders(text: string): boolean {
  const [, second = ""] = text.split(LINE_END, 2);
  return /^[a-z0-9-]+[ \t]*:/i.test(second) && /^(?:upgrade|sec-websocket-[a-z0-9-]+)[ \t]*:/im.test(text);
}

/** A head within a text, with its start and end, including the empty line. */
export interface TextHead {
  readonly index: number;
  readonly end: number;
  /** Whether its empty line is present. */
  readonly isEnded: boolean;
  /** Its lines, with CR LF as HTTP requires. */
  readonly head: string;
}

/** The index of the next head from `at` on, at the start of a line; -1 if there is none. */
export function findNextHead(text: string, at: number): number {
  const starts = /^(?:[A-Z]+ \S+ HTTP\/\d|HTTP\/\d).*/gm;
  starts.lastIndex = at;
  for (let found = starts.exec(text); found !== null; found = starts.exec(text)) {
    if (START_LINE.test(found[0])) return found.index;
  }
  return -1;
}

/** Parses the head at an index, up to the next empty line. */
export function parseHeadAt(text: string, index: number): TextHead {
  const empty = /(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r)/g;
  empty.lastIndex = index;
  const ended = empty.test(text);
  const end = ended ? empty.lastIndex : text.length;
  const lines = text.slice(index, end).replace(LINE_ENDS, "\r\n");
  return { index, end, isEnded: ended, head: lines.endsWith("\r\n") ? lines : `${lines}\r\n` };
}
