import type { FrameEvent, SenderEndEvent } from "../protocol/connection-events.js";
import type { HandshakeEvent } from "../protocol/handshake/handshake.js";
import type { HttpHead } from "../protocol/handshake/http-head.js";

export type Severity = "error" | "warning" | "info";

/** The values that the sentence about a finding contains. */
export type FindingDetail = Readonly<Record<string, string | number | bigint | boolean | null | readonly number[]>>;

/** One violation of a rule: the bytes that violate it, as offset and length in bytes in the frame's byte stream, and its details. */
export interface RuleFinding<D extends FindingDetail> {
  readonly offset: number;
  readonly length: number;
  readonly detail: D;
}

/** One violation in an opening handshake. In a capture, each head has offsets in its own sender's bytes. */
export interface HandshakeFinding<D extends FindingDetail> extends RuleFinding<D> {
  /** The head that contains the bytes; `null` if they are frames. */
  readonly head: HttpHead["kind"] | null;
}

/** The documentation of a rule. Every field is required, so that no rule lacks any of it. */
interface RuleInfo<D extends FindingDetail> {
  readonly id: string;
  readonly severity: Severity;
  /** The section that states the rule: `RFC 6455 §5.2`; `—` if no RFC does. */
  readonly reference: string;
  /** The status code with which an endpoint must fail the connection (RFC 6455 §7.1.7), or `null`. */
  readonly failCode: number | null;
  /** The rule itself, as a sentence. */
  readonly requirement: string;
  /** Why the rule exists, in one to three sentences: what goes wrong without it. */
  readonly why: string;
  /** The usual cause of a violation, as a phrase. */
  readonly cause: string;
  /** How to fix it, as a phrase in the imperative. */
  readonly fix: string;
  /** One sentence about a finding, without a full stop. Text from the wire must go through `quote` or `excerpt`. */
  formatMessage(detail: D): string;
}

/** A rule that is checked on each frame. */
export interface FrameRule<D extends FindingDetail = FindingDetail> extends RuleInfo<D> {
  checkFrame(event: FrameEvent): RuleFinding<D> | null;
}

/** A rule that is checked at the end of a sender's bytes. */
export interface EndRule<D extends FindingDetail = FindingDetail> extends RuleInfo<D> {
  checkEnd(event: SenderEndEvent): readonly RuleFinding<D>[];
}

/** A rule that is checked on an opening handshake. */
export interface HandshakeRule<D extends FindingDetail = FindingDetail> extends RuleInfo<D> {
  checkHandshake(event: HandshakeEvent): readonly HandshakeFinding<D>[];
}

export type Rule<D extends FindingDetail = FindingDetail> = FrameRule<D> | EndRule<D> | HandshakeRule<D>;
