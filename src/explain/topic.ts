/** What a topic is about. */
export type TopicKind = "rule" | "close code" | "opcode" | "field" | "header";

/** How programs report something: their words, by program. */
export type ErrorMessages = Readonly<Record<string, readonly string[]>>;

/** The same, by topic. */
export type ErrorMessagesByTopic = Readonly<Record<string, ErrorMessages>>;

/** A text with the section that it explains. */
export interface SectionText {
  readonly about: string;
  readonly section: string;
}

/** Something that can be explained. */
export interface Topic {
  readonly kind: TopicKind;
  /** What it is called: a rule's id, `1006`, `ping`, `FIN`, `Sec-WebSocket-Key`. */
  readonly name: string;
  /** What it is asked for by as well. */
  readonly aliases: readonly string[];
  /** What stands behind the name in a heading: severity, section, and the like. */
  readonly facts: readonly string[];
  /** What is said of it, each part under a label. */
  readonly parts: readonly { readonly label: string; readonly text: string }[];
  readonly errorMessages: ErrorMessages;
}
