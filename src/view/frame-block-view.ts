import { joinSafe, type SafeText, safely } from "../bytes/safe-text.js";
import type { ConnectionEndEvent, FrameEvent, SenderEndEvent } from "../protocol/connection-events.js";
import type { HandshakeEvent } from "../protocol/handshake/handshake.js";
import type { MessageEvent } from "../protocol/message-event.js";
import type { Finding } from "../rules/judge.js";
import { decodeSafeText, formatBodyNote, formatConnection, formatDirection } from "./describe.js";
import { formatFindings } from "./findings.js";
import { formatFooter, formatHeading, formatMessageFacts } from "./frame-heading.js";
import { formatHandshakeTitle } from "./handshake-rows.js";
import { paint, type StyledLine, span, wrap } from "./styled.js";
import { formatVerdict, hasVerdict } from "./verdict.js";
import type { ConnectionStartEvent, View, ViewContext } from "./view.js";

/** The parts that differ between the views that show each frame as a block of lines. */
export interface FrameBlock {
  /** The frame itself, between its heading and its footer. */
  body(event: FrameEvent, context: ViewContext): readonly SafeText[];
  /** The payload of a message that is shown instead of its frames. */
  message(event: MessageEvent, context: ViewContext): readonly SafeText[];
  /** The lines of a handshake. */
  handshake(event: HandshakeEvent, context: ViewContext): readonly SafeText[];
  /** Columns of the lines around the block. */
  width(columns: number): number;
}

const EMPTY_BYTES = new Uint8Array(0);

/** The most bytes of a head to decode for a finding: many findings may be about one long header. */
const MAX_HEAD_TEXT_BYTES = 256;

/** The text in a head that a finding is about. */
function findHeadText({ request, response }: HandshakeEvent, { head, offset, length }: Finding): SafeText {
  const bytes = head === "request" ? request : head === "response" ? response : null;
  if (bytes === null) return safely``;
  const start = offset - bytes.offset;
  return decodeSafeText(bytes.bytes.subarray(start, start + Math.min(length, MAX_HEAD_TEXT_BYTES)));
}

/** Creates a view that shows each frame as a block under a heading, followed by its findings and its message. */
export function createFrameBlockView(context: ViewContext, block: FrameBlock): View {
  const { write, theme, columns } = context;
  const around = block.width(columns);
  let any = false;
  let stream = 0;
  const put = (lines: readonly SafeText[]): void => {
    write(safely`${any ? safely`\n` : safely``}${joinSafe(lines, "\n")}\n`);
    any = true;
  };
  const wrapped = (line: StyledLine): SafeText[] => wrap(line, around).map((part) => paint(part, theme));
  const found = (
    findings: readonly Finding[],
    findBytes: (finding: Finding) => Uint8Array | SafeText = () => EMPTY_BYTES,
  ): SafeText[] => formatFindings(findings, findBytes, around, theme);
  /** Writes a heading when the output moves to another connection. */
  const inStream = (number: number): void => {
    if (number === stream) return;
    stream = number;
    put([paint([span(`connection ${number}`, "strong")], theme)]);
  };
  return {
    connection(event: ConnectionStartEvent): void {
      stream = event.stream;
      put(wrapped([span(formatConnection(event), "strong")]));
    },
    handshake(event: HandshakeEvent, findings: readonly Finding[]): void {
      inStream(event.stream);
      const heading = wrapped([span("handshake", "strong"), span(` · ${formatHandshakeTitle(event)}`)]);
      put([
        ...heading,
        ...block.handshake(event, context),
        ...found(findings, (finding) => findHeadText(event, finding)),
      ]);
    },
    frame(event: FrameEvent, findings: readonly Finding[]): void {
      inStream(event.stream);
      const under = formatFooter(event, findings, around, theme);
      put([...formatHeading(event, around, theme), ...block.body(event, context), ...under]);
    },
    message(event: MessageEvent, findings: readonly Finding[]): void {
      inStream(event.stream);
      const { index, sender, message } = event;
      const { count, first, last } = message.frames;
      const which = count === 0 ? [] : [count === 1 ? `frame ${first}` : `frames ${first} to ${last}`];
      const facts = [formatDirection(sender), ...formatMessageFacts(message), ...which].join(" · ");
      const heading = [span(index === null ? "message" : `message ${index}`, "strong"), span(` · ${facts}`)];
      put([...wrapped(heading), ...block.message(event, context), ...found(findings)]);
    },
    end({ stream: number, sender, bodyBytes }: SenderEndEvent, findings: readonly Finding[]): void {
      const body = bodyBytes === 0 ? null : formatBodyNote(bodyBytes);
      if (findings.length === 0 && body === null) return;
      inStream(number);
      const heading = paint([span(`end of the ${sender}'s frames`, "strong")], theme);
      put([heading, ...(body === null ? [] : wrapped([span(body)])), ...found(findings)]);
    },
    closed(event: ConnectionEndEvent): void {
      if (!hasVerdict(event)) return;
      inStream(event.stream);
      put(formatVerdict(event).flatMap((line) => wrapped([span(line)])));
    },
    close() {},
  };
}
