import { makeSafe, type SafeText } from "../bytes/safe-text.js";
import type { FrameEvent, SenderEndEvent } from "../protocol/connection-events.js";
import { minimalLengthBits } from "../protocol/frame/frame.js";
import { OPCODE } from "../protocol/frame/opcode.js";
import type { HandshakeEvent } from "../protocol/handshake/handshake.js";
import type { HttpHead } from "../protocol/handshake/http-head.js";
import { END_RULES, FRAME_RULES, HANDSHAKE_RULES } from "./catalogue.js";
import type { FindingDetail, Rule, RuleFinding } from "./rule.js";

/** A rule that was broken, with the bytes that break it: data, from which {@link formatFinding} makes a sentence. */
export interface Finding extends RuleFinding<FindingDetail> {
  readonly rule: Rule;
}

const NO_FINDINGS: readonly Finding[] = [];

/** Everything that a frame breaks, in the order of the catalogue. */
export function judgeFrame(event: FrameEvent): readonly Finding[] {
  if (isClearlyValid(event)) return NO_FINDINGS;
  const findings: Finding[] = [];
  for (const rule of FRAME_RULES) {
    const found = rule.checkFrame(event);
    if (found !== null) findings.push({ rule, ...found });
  }
  return findings.length === 0 ? NO_FINDINGS : findings;
}

/** Everything that only the end of a sender's bytes shows. */
export function judgeEnd(event: SenderEndEvent): readonly Finding[] {
  return END_RULES.flatMap((rule) => rule.checkEnd(event).map((found) => ({ rule, ...found })));
}

/** Everything that an opening handshake breaks. */
export function judgeHandshake(event: HandshakeEvent): readonly Finding[] {
  // What a head lacks that the input cuts may have been there: only that it is cut is said.
  const whole = { ...event, request: omitTruncated(event.request), response: omitTruncated(event.response) };
  return HANDSHAKE_RULES.flatMap((rule) => {
    const judged = rule.id === "handshake-malformed" ? event : whole;
    const found = rule.checkHandshake(judged).map((found) => ({ rule, ...found }));
    return event.isRequestReported ? found.filter((finding) => !isInHead(event.request, finding)) : found;
  });
}

function isInHead(head: HttpHead | null, { rule, offset }: Finding): boolean {
  if (head === null || rule.id === "data-before-handshake") return false;
  return offset >= head.offset && offset < head.offset + head.length;
}

function omitTruncated(head: HttpHead | null): HttpHead | null {
  return head?.isTruncated ? null : head;
}

/** One sentence about a finding, for a person. */
export function formatFinding(finding: Finding): SafeText {
  return makeSafe(finding.rule.formatMessage(finding.detail));
}

/**
 * Whether a frame is so ordinary that no rule can speak of it: most frames of most streams are, and cost no more than
 * this. It may say no where nothing is wrong, never yes where something is (a property test holds it to that).
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
