import { formatHexBytes } from "../bytes/hex.js";
import { makeSafe, type SafeText, safely } from "../bytes/safe-text.js";
import { formatCount } from "../bytes/size.js";
import { type Finding, formatFinding } from "../rules/judge.js";
import type { Rule } from "../rules/rule.js";
import { SEVERITY_MARKS } from "./describe.js";
import { paint, type StyledLine, span, wrap } from "./styled.js";
import type { Theme } from "./theme.js";
import { clip } from "./width.js";

/** The most findings to show for one frame or handshake: a header of a few kilobytes may have thousands. */
const MAX_SHOWN_FINDINGS = 50;
const MAX_SHOWN_BYTES = 16;
const MAX_SHOWN_COLUMNS = 60;
const INDENT = safely`  `;

/**
 * The lines of findings under their frame: mark, severity, rule and sentence; then the bytes, the section, the close code,
 * and, once for each rule, the usual cause.
 *
 * @param findBytes returns the bytes of a finding as they were on the wire, as far as they are known; in a head, its text
 */
export function formatFindings(
  findings: readonly Finding[],
  findBytes: (finding: Finding) => Uint8Array | SafeText,
  columns: number,
  theme: Theme,
): SafeText[] {
  const explained = new Set<Rule>();
  const lines = findings.slice(0, MAX_SHOWN_FINDINGS).flatMap((finding) => {
    const first = !explained.has(finding.rule);
    explained.add(finding.rule);
    return formatFindingLines(finding, findBytes(finding), first, columns, theme);
  });
  const left = findings.length - MAX_SHOWN_FINDINGS;
  const more = makeSafe(`… ${formatCount(left, "more finding")} (--to json)`);
  return left > 0 ? [...lines, theme("quiet", more)] : lines;
}

function formatFindingLines(
  finding: Finding,
  bytes: Uint8Array | SafeText,
  withCause: boolean,
  columns: number,
  theme: Theme,
): SafeText[] {
  const { rule, offset, length } = finding;
  const head: StyledLine = [
    span(`${SEVERITY_MARKS[rule.severity]} ${rule.severity}  `, rule.severity),
    span(`${rule.id}  `, "strong"),
    span(formatFinding(finding)),
  ];
  const last = offset + length - 1;
  const where = length === 1 ? `byte ${offset}` : `bytes ${offset}–${last}`;
  const hex = typeof bytes === "string" ? formatTextPart(bytes) : formatHexPart(bytes, length);
  const answer = rule.failCode === null ? "" : ` · the receiver must close with ${rule.failCode}`;
  const details: StyledLine[] = [
    [span(`${where}${hex}${rule.reference === "—" ? "" : ` · ${rule.reference}`}${answer}`)],
    ...(withCause ? [[span(`usual cause: ${rule.cause}; see wsframe explain ${rule.id}`, "quiet")]] : []),
  ];
  const [first, ...rest] = wrap(head, columns - INDENT.length);
  const under = [...rest, ...details.flatMap((line) => wrap(line, columns - INDENT.length))];
  return [paint(first ?? [], theme), ...under.map((line) => safely`${INDENT}${paint(line, theme)}`)];
}

function formatHexPart(bytes: Uint8Array, length: number): string {
  const shown = bytes.subarray(0, MAX_SHOWN_BYTES);
  if (shown.length === 0) return "";
  return ` (${formatHexBytes(shown)}${length > shown.length ? ` … of ${formatCount(length, "byte")}` : ""})`;
}

function formatTextPart(text: SafeText): string {
  return text === "" ? "" : ` ("${clip(text, MAX_SHOWN_COLUMNS)}")`;
}
