import { type SafeText, safely, spaces } from "../bytes/safe-text.js";
import type { HandshakeEvent } from "../protocol/handshake/handshake.js";
import { buildHandshakeRows } from "./handshake-rows.js";
import { paint, span, wrapLimited } from "./styled.js";
import type { ViewContext } from "./view.js";
import { padEnd, textWidth } from "./width.js";

const MAX_NAME_COLUMNS = 24;

/** A handshake as lines of name, value and meaning. */
export function formatHandshakeLines(event: HandshakeEvent, { theme, columns }: ViewContext): SafeText[] {
  const rows = buildHandshakeRows(event);
  const names = rows.reduce((widest, { name }) => Math.min(MAX_NAME_COLUMNS, Math.max(widest, textWidth(name))), 0);
  const indent = spaces(names + 2);
  return rows.flatMap(({ name, value, meaning, role }) => {
    const description = [span(value, role), ...(meaning === "" ? [] : [span(`  ${meaning}`, "quiet")])];
    const [first = [], ...rest] = wrapLimited(description, Math.max(20, columns - indent.length));
    const head = safely`${theme("strong", padEnd(name, names))}  `;
    return [safely`${head}${paint(first, theme)}`, ...rest.map((part) => safely`${indent}${paint(part, theme)}`)];
  });
}
