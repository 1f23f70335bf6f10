import type { EndEvent, FrameEvent } from "../protocol/connection-events.js";
import type { HandshakeEvent } from "../protocol/handshake/handshake.js";

export type Severity = "error" | "warning" | "info";

/** What a sentence about a violation needs to know. */
export type Detail = Readonly<Record<string, string | number | bigint | boolean | null | readonly number[]>>;

/** A rule was broken: the bytes that break it (offset and length in bytes, in the frame's byte stream), and particulars. */
export interface Violation<D extends Detail> {
  readonly offset: number;
  readonly length: number;
  readonly detail: D;
}

/** What every rule says of itself. The type demands all of it, so that no rule lacks its documentation. */
interface RuleFacts<D extends Detail> {
  readonly id: string;
  readonly severity: Severity;
  /** Where the rule stands, such as `RFC 6455 §5.2`. */
  readonly reference: string;
  /** The status code with which an endpoint must fail the connection (RFC 6455 §7.1.7), or `null`. */
  readonly failCode: number | null;
  /** What is demanded, as a sentence. */
  readonly demand: string;
  /** Why, in a sentence or three: what goes wrong otherwise. */
  readonly why: string;
  /** What usually causes the violation, as a phrase. */
  readonly cause: string;
  /** How to mend it, as a phrase in the imperative. */
  readonly remedy: string;
  /** One sentence, without a full stop, about a violation. Text from the wire stands in it as `quote` or `excerpt` gives it. */
  sentence(detail: D): string;
}

/** A rule that a frame shows to be broken. */
export interface FrameRule<D extends Detail = Detail> extends RuleFacts<D> {
  checkFrame(event: FrameEvent): Violation<D> | null;
}

/** A rule that only the end of a sender's bytes shows to be broken. */
export interface EndRule<D extends Detail = Detail> extends RuleFacts<D> {
  checkEnd(event: EndEvent): readonly Violation<D>[];
}

/** A rule that an opening handshake shows to be broken. */
export interface HandshakeRule<D extends Detail = Detail> extends RuleFacts<D> {
  checkHandshake(event: HandshakeEvent): readonly Violation<D>[];
}

export type Rule<D extends Detail = Detail> = FrameRule<D> | EndRule<D> | HandshakeRule<D>;
