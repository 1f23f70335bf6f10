import type { FrameEvent, SenderEndEvent } from "../protocol/connection-events.js";
import type { HandshakeEvent } from "../protocol/handshake/handshake.js";

export type Severity = "error" | "warning" | "info";

/** What a sentence about a finding needs to know. */
export type FindingDetail = Readonly<Record<string, string | number | bigint | boolean | null | readonly number[]>>;

/** A rule was broken: the bytes that break it (offset and length in bytes, in the frame's byte stream), and particulars. */
export interface RuleFinding<D extends FindingDetail> {
  readonly offset: number;
  readonly length: number;
  readonly detail: D;
}

/** What every rule says of itself. The type demands all of it, so that no rule lacks its documentation. */
interface RuleInfo<D extends FindingDetail> {
  readonly id: string;
  readonly severity: Severity;
  /** Where the rule stands, such as `RFC 6455 §5.2`. */
  readonly reference: string;
  /** The status code with which an endpoint must fail the connection (RFC 6455 §7.1.7), or `null`. */
  readonly failCode: number | null;
  /** What is demanded, as a sentence. */
  readonly requirement: string;
  /** Why, in a sentence or three: what goes wrong otherwise. */
  readonly why: string;
  /** What usually causes the finding, as a phrase. */
  readonly cause: string;
  /** How to mend it, as a phrase in the imperative. */
  readonly fix: string;
  /** One sentence, without a full stop, about a finding. Text from the wire stands in it as `quote` or `excerpt` gives it. */
  formatMessage(detail: D): string;
}

/** A rule that a frame shows to be broken. */
export interface FrameRule<D extends FindingDetail = FindingDetail> extends RuleInfo<D> {
  checkFrame(event: FrameEvent): RuleFinding<D> | null;
}

/** A rule that only the end of a sender's bytes shows to be broken. */
export interface EndRule<D extends FindingDetail = FindingDetail> extends RuleInfo<D> {
  checkEnd(event: SenderEndEvent): readonly RuleFinding<D>[];
}

/** A rule that an opening handshake shows to be broken. */
export interface HandshakeRule<D extends FindingDetail = FindingDetail> extends RuleInfo<D> {
  checkHandshake(event: HandshakeEvent): readonly RuleFinding<D>[];
}

export type Rule<D extends FindingDetail = FindingDetail> = FrameRule<D> | EndRule<D> | HandshakeRule<D>;
