/** The kinds of topics. */
export type TopicKind = "rule" | "close code" | "opcode" | "field" | "header";

/** Error messages, by the program that prints them. */
export type ErrorMessages = Readonly<Record<string, readonly string[]>>;

/** Error messages by topic and program. */
export type ErrorMessagesByTopic = Readonly<Record<string, ErrorMessages>>;

/** An explanation and the RFC section it is about. */
export interface SectionText {
  readonly about: string;
  readonly section: string;
  /** Other names; none when missing. */
  readonly aliases?: readonly string[];
}

/** An entry of `wsframe explain`. */
export interface Topic {
  readonly kind: TopicKind;
  /** A rule's id, `1006`, `ping`, `FIN`, `Sec-WebSocket-Key` … */
  readonly name: string;
  /** Other names that find the topic. */
  readonly aliases: readonly string[];
  /** Short facts after the name in the heading: severity, section … */
  readonly facts: readonly string[];
  /** The explanation, in labelled parts. */
  readonly parts: readonly { readonly label: string; readonly text: string }[];
  readonly errorMessages: ErrorMessages;
}
