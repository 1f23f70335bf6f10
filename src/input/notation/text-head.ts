/** The first line of an HTTP head as text has it: a backslash in it would be an escaped line end. */
const START = /^(?:[A-Z]+ [^\s\\]+ HTTP\/\d(?:\.\d)?|HTTP\/\d(?:\.\d)? \d{3}(?: [^\r\n\\]*)?)[ \t]*$/;
const HEADER = /^(?:host|upgrade|connection|sec-websocket-[a-z0-9-]+)[ \t]*:/i;
const LINE_END = /\r\n|\n|\r/;

/** Whether a text begins with an HTTP head. */
export function beginsWithHead(text: string): boolean {
  const [first = ""] = text.split(LINE_END, 1);
  return START.test(first) || HEADER.test(first);
}

/** Whether a text has headers of an opening handshake, and begins with them but for a line. */
export function hasHeaders(text: string): boolean {
  const [, second = ""] = text.split(LINE_END, 2);
  return /^[a-z0-9-]+[ \t]*:/i.test(second) && /^(?:upgrade|sec-websocket-[a-z0-9-]+)[ \t]*:/im.test(text);
}

/** A head within a text: where it begins and ends, its empty line included. */
export interface TextHead {
  readonly index: number;
  readonly end: number;
  /** Whether its empty line is there. */
  readonly ended: boolean;
  /** Its lines, ended as HTTP has it. */
  readonly head: string;
}

/** The first head that begins at the start of a line, from `at` on; `null` for none. */
export function nextHead(text: string, at: number): TextHead | null {
  const starts = /^(?:[A-Z]+ \S+ HTTP\/\d|HTTP\/\d)/gm;
  starts.lastIndex = at;
  for (let found = starts.exec(text); found !== null; found = starts.exec(text)) {
    const head = headFrom(text, found.index);
    if (START.test(head.head.split("\r\n", 1)[0] ?? "")) return head;
  }
  return null;
}

/** The lines from an index to the next empty one. */
function headFrom(text: string, index: number): TextHead {
  const lines: string[] = [];
  const line = /([^\r\n]*)(\r\n|\n|\r|$)/y;
  for (let at = index; at < text.length; at = line.lastIndex) {
    line.lastIndex = at;
    const [, content = "", end = ""] = line.exec(text) ?? [];
    lines.push(content);
    if (content === "" || end === "") return { index, end: line.lastIndex, ended: content === "", head: joined(lines) };
  }
  return { index, end: text.length, ended: false, head: joined(lines) };
}

function joined(lines: readonly string[]): string {
  return `${lines.join("\r\n")}\r\n`;
}
