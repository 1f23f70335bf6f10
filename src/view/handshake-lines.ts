import type { HandshakeEvent } from "../protocol/handshake.js";
import { handshakeRows } from "./handshake-rows.js";
import { paint, span, wrap } from "./styled.js";
import type { ViewContext } from "./view.js";
import { padEnd, width } from "./width.js";

const WIDEST_NAME = 24;

/** A handshake line by line: name, value, and what it means. */
export function handshakeLines(event: HandshakeEvent, { theme, columns }: ViewContext): string[] {
  const rows = handshakeRows(event);
  const names = Math.min(WIDEST_NAME, Math.max(...rows.map(({ name }) => width(name))));
  const indent = " ".repeat(names + 2);
  return rows.flatMap(({ name, value, meaning, role }) => {
    const said = [span(value, role), ...(meaning === "" ? [] : [span(`  ${meaning}`, "quiet")])];
    const [first = [], ...rest] = wrap(said, Math.max(20, columns - indent.length));
    const head = `${theme("strong", padEnd(name, names))}  `;
    return [`${head}${paint(first, theme)}`, ...rest.map((part) => indent + paint(part, theme))];
  });
}
