import { blanks, type SafeText, text as safely } from "../bytes/safe-text.js";
import type { HandshakeEvent } from "../protocol/handshake/handshake.js";
import { handshakeRows } from "./handshake-rows.js";
import { paint, span, wrapStart } from "./styled.js";
import type { ViewContext } from "./view.js";
import { padEnd, width } from "./width.js";

const WIDEST_NAME = 24;

/** A handshake line by line: name, value, and what it means. */
export function handshakeLines(event: HandshakeEvent, { theme, columns }: ViewContext): SafeText[] {
  const rows = handshakeRows(event);
  const names = rows.reduce((widest, { name }) => Math.min(WIDEST_NAME, Math.max(widest, width(name))), 0);
  const indent = blanks(names + 2);
  return rows.flatMap(({ name, value, meaning, role }) => {
    const said = [span(value, role), ...(meaning === "" ? [] : [span(`  ${meaning}`, "quiet")])];
    const [first = [], ...rest] = wrapStart(said, Math.max(20, columns - indent.length));
    const head = safely`${theme("strong", padEnd(name, names))}  `;
    return [safely`${head}${paint(first, theme)}`, ...rest.map((part) => safely`${indent}${paint(part, theme)}`)];
  });
}
