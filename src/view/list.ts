import { counted, grouped } from "../bytes/size.js";
import type { EndEvent, FrameEvent } from "../protocol/connection.js";
import { type Frame, frameLength, type Sender } from "../protocol/frame.js";
import { OPCODE } from "../protocol/opcode.js";
import type { Finding } from "../rules/judge.js";
import { closeTitle, isText, opcodeTitle, payloadPreview, SEVERITY_MARK } from "./describe.js";
import { type Line, lineWidth, paint, type Span, span } from "./styled.js";
import type { View, ViewContext, ViewModule } from "./view.js";
import { clip } from "./width.js";

/** Bytes of a payload that may be looked at for a line. */
const PREVIEW = 1024;
/** What a payload gets at least, however much stands behind it. */
const LEAST_PREVIEW = 10;

/** One line a frame, written as it is read. */
export const list: ViewModule = {
  payloadShown: PREVIEW,
  open: (context) => new ListView(context),
};

const FROM: Readonly<Record<Sender, string>> = { client: "client →", server: "← server" };

class ListView implements View {
  readonly #context: ViewContext;
  #begun = false;

  constructor(context: ViewContext) {
    this.#context = context;
  }

  frame(event: FrameEvent, findings: readonly Finding[]): void {
    const { frame, index, sender } = event;
    if (!this.#begun) this.#head();
    const left: Line = [
      span(String(index).padStart(6), "quiet"),
      span(`  ${FROM[sender]}  `),
      span(opcodeTitle(frame.opcode).padEnd(12), "opcode"),
      span(`  ${flags(frame)}`, "quiet"),
      span(`  ${grouped(frame.payloadLength).padStart(9)}`, "length"),
      span("  "),
    ];
    this.#line(left, payload(event), [...notes(event), ...findingMarks(findings)]);
  }

  end(event: EndEvent, findings: readonly Finding[]): void {
    if (findings.length === 0) return;
    this.#line([span(`   end  ${FROM[event.sender]}`, "quiet")], [], findingMarks(findings));
  }

  close(): void {}

  #head(): void {
    this.#begun = true;
    const { write, theme } = this.#context;
    write(`${theme("quiet", "     #  from      opcode        flags     length  payload")}\n`);
  }

  /** The payload gets the room that what stands before and behind it leaves, and never pushes a finding off the line. */
  #line(left: Line, payload: Line, right: Line): void {
    const { write, theme, columns } = this.#context;
    const room = Math.max(LEAST_PREVIEW, columns - lineWidth(left) - lineWidth(right));
    const shown: Span[] = [];
    let used = 0;
    for (const { text, role } of payload) {
      const clipped = clip(text, Math.max(0, room - used));
      shown.push(role === undefined ? span(clipped) : span(clipped, role));
      used += lineWidth([span(clipped)]);
    }
    write(`${paint([...left, ...shown, ...right], theme).trimEnd()}\n`);
  }
}

/** FIN, RSV1–3 and MASK, each in its place: `F---M`. */
function flags({ fin, rsv1, rsv2, rsv3, masked }: Frame): string {
  return `${fin ? "F" : "-"}${rsv1 ? "1" : "-"}${rsv2 ? "2" : "-"}${rsv3 ? "3" : "-"}${masked ? "M" : "-"}`;
}

function payload(event: FrameEvent): Line {
  const { frame, payload: bytes, closeCode } = event;
  if (closeCode === null || frame.opcode !== OPCODE.close)
    return marked(payloadPreview(bytes, isText(event), PREVIEW), bytes.length < frame.payloadReceived);
  const reason = payloadPreview(bytes.subarray(2), true, PREVIEW);
  return marked([span(`${closeTitle(closeCode)} `, "payload"), ...reason], bytes.length < frame.payloadReceived);
}

/** A preview with `…` behind it where there is more of the payload. */
function marked(preview: Line, more: boolean): Line {
  return more ? [...preview, span(" …", "payload")] : preview;
}

/** What a frame is to its message, where that does not go without saying. */
function notes({ frame, place, message, messageIndex }: FrameEvent): Line {
  const cut = frame.complete ? [] : [span(`  ⋯ cut after ${counted(frameLength(frame), "byte")}`, "quiet")];
  if (message !== null)
    return [span(`  = message ${messageIndex}, ${counted(message.payloadLength, "byte")}`, "quiet"), ...cut];
  return place === "first" || place === "middle" ? [span("  ⋯ not final", "quiet"), ...cut] : cut;
}

function findingMarks(findings: readonly Finding[]): Line {
  return findings.map(({ rule }) => span(`  ${SEVERITY_MARK[rule.severity]} ${rule.id}`, rule.severity));
}
