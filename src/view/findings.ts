import { hexBytes } from "../bytes/hex.js";
import { makeSafe, type SafeText, text as safely } from "../bytes/safe-text.js";
import { counted } from "../bytes/size.js";
import { describe, type Finding } from "../rules/judge.js";
import type { Rule } from "../rules/rule.js";
import { SEVERITY_MARK } from "./describe.js";
import { type Line, paint, span, wrap } from "./styled.js";
import type { Theme } from "./theme.js";
import { clip } from "./width.js";

/** Findings of one frame or handshake that are shown: a header of a few kilobytes may have thousands. */
const MOST_FINDINGS = 50;
const SHOWN_BYTES = 16;
const SHOWN_TEXT = 60;
const INDENT = safely`  `;

/**
 * Findings as they stand under their frame: mark, severity, rule, sentence; then the bytes, the section, the code to fail
 * with, and, once for each rule, what usually causes it.
 *
 * @param shownOf the bytes that a finding speaks of as they stood on the wire, as far as they are known; or, in a head, its text
 */
export function findingLines(
  findings: readonly Finding[],
  shownOf: (finding: Finding) => Uint8Array | SafeText,
  columns: number,
  theme: Theme,
): SafeText[] {
  const explained = new Set<Rule>();
  const lines = findings.slice(0, MOST_FINDINGS).flatMap((finding) => {
    const first = !explained.has(finding.rule);
    explained.add(finding.rule);
    return linesOf(finding, shownOf(finding), first, columns, theme);
  });
  const left = findings.length - MOST_FINDINGS;
  const more = makeSafe(`… ${counted(left, "more finding")} (--to json)`);
  return left > 0 ? [...lines, theme("quiet", more)] : lines;
}

function linesOf(
  finding: Finding,
  bytes: Uint8Array | SafeText,
  withCause: boolean,
  columns: number,
  theme: Theme,
): SafeText[] {
  const { rule, offset, length } = finding;
  const head: Line = [
    span(`${SEVERITY_MARK[rule.severity]} ${rule.severity}  `, rule.severity),
    span(`${rule.id}  `, "strong"),
    span(describe(finding)),
  ];
  const last = offset + length - 1;
  const where = length === 1 ? `byte ${offset}` : `bytes ${offset}–${last}`;
  const hex = typeof bytes === "string" ? textPart(bytes) : hexPart(bytes, length);
  const answer = rule.failCode === null ? "" : ` · an endpoint fails the connection with ${rule.failCode}`;
  const details: Line[] = [
    [span(`${where}${hex}${rule.reference === "—" ? "" : ` · ${rule.reference}`}${answer}`)],
    ...(withCause ? [[span(`usual cause: ${rule.cause}; see wsframe explain ${rule.id}`, "quiet")]] : []),
  ];
  const [first, ...rest] = wrap(head, columns - INDENT.length);
  const under = [...rest, ...details.flatMap((line) => wrap(line, columns - INDENT.length))];
  return [paint(first ?? [], theme), ...under.map((line) => safely`${INDENT}${paint(line, theme)}`)];
}

function hexPart(bytes: Uint8Array, length: number): string {
  const shown = bytes.subarray(0, SHOWN_BYTES);
  if (shown.length === 0) return "";
  return ` (${hexBytes(shown)}${length > shown.length ? ` … of ${counted(length, "byte")}` : ""})`;
}

function textPart(text: SafeText): string {
  return text === "" ? "" : ` ("${clip(text, SHOWN_TEXT)}")`;
}
