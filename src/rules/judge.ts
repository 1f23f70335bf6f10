import { makeSafe, type SafeText } from "../bytes/safe-text.js";
import type { FrameEvent, SenderEndEvent } from "../protocol/connection-events.js";
import { minimalLengthBits } from "../protocol/frame/frame.js";
import { OPCODE } from "../protocol/frame/opcode.js";
import type { HandshakeEvent } from "../protocol/handshake/handshake.js";
import type { HttpHead } from "../protocol/handshake/http-head.js";
import { END_RULES, FRAME_RULES, HANDSHAKE_RULES } from "./catalogue.js";
import type { FindingDetail, Rule, RuleFinding } from "./rule.js";

/** A violated rule, with the bytes that violate it. {@link formatFinding} makes a sentence of it. */
export interface Finding extends RuleFinding<FindingDetail> {
  readonly rule: Rule;
  /** In an opening handshake, the head that contains the bytes. */
  readonly head?: HttpHead["kind"] | null;
}

const NO_FINDINGS: readonly Finding[] = [];

/** All findings about a frame, in the order of the catalogue. */
export function judgeFrame(event: FrameEvent): readonly Finding[] {
  if (isClearlyValid(event)) return NO_FINDINGS;
  const findings: Finding[] = [];
  for (const rule of FRAME_RULES) {
    const found = rule.checkFrame(event);
    if (found !== null) findings.push({ rule, ...found });
  }
  return findings.length === 0 ? NO_FINDINGS : findings;
}

/** All findings that show only at the end of a sender's bytes. */
export function judgeEnd(event: SenderEndEvent): readonly Finding[] {
  return END_RULES.flatMap((rule) => rule.checkEnd(event).map((found) => ({ rule, ...found })));
}

/** All findings about an opening handshake. */
export function judgeHandshake(event: HandshakeEvent): readonly Finding[] {
  // The missing rest of a truncated head may contain anything, so only the truncation is reported.
  const whole = { ...event, request: omitTruncated(event.request), response: omitTruncated(event.response) };
  return HANDSHAKE_RULES.flatMap((rule) => {
    const judged = rule.id === "handshake-malformed" ? event : whole;
    const found = rule.checkHandshake(judged).map((found) => ({ rule, ...found }));
    return event.isRequestReported ? found.filter(({ head }) => head !== "request") : found;
  });
}

function omitTruncated(head: HttpHead | null): HttpHead | null {
  return head?.isTruncated ? null : head;
}

/** One sentence about a finding, without a full stop. */
export function formatFinding(finding: Finding): SafeText {
  return makeSafe(finding.rule.formatMessage(finding.detail));
}

/**
 * A fast check that a frame cannot violate any rule, which holds for most frames of most streams. It may return false for
 * a valid frame, but never true for an invalid one (a property test verifies that).
 */
function isClearlyValid({
  frame,
  sender,
  senderKnown,
  place,
  abandonedMessage,
  utf8Error,
  inflateError,
  inflateLimit,
  rsv1Guess,
  keyReused,
  afterClose,
  gap,
}: FrameEvent): boolean {
  return (
    frame.opcode <= OPCODE.binary &&
    frame.complete &&
    utf8Error === null &&
    inflateError === null &&
    inflateLimit === null &&
    rsv1Guess === null &&
    gap === null &&
    !(frame.rsv1 || frame.rsv2 || frame.rsv3) &&
    frame.lengthBits === minimalLengthBits(frame.payloadLength) &&
    place !== "unexpected-continuation" &&
    abandonedMessage === null &&
    !afterClose &&
    (frame.masked ? frame.maskingKey !== 0 && !keyReused : true) &&
    (!senderKnown || frame.masked === (sender === "client"))
  );
}
