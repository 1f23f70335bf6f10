import type { EndEvent, FrameEvent } from "../protocol/connection.js";
import type { Finding } from "../rules/judge.js";
import { findingLines } from "./findings.js";
import { footingLines, headingLines } from "./frame-heading.js";
import { paint, span } from "./styled.js";
import type { View, ViewContext } from "./view.js";

/** What differs between the views that show a frame as a block of lines. */
export interface FrameBlock {
  /** The frame itself, between its heading and what stands under it. */
  body(event: FrameEvent, context: ViewContext): readonly string[];
  /** Columns of what stands around it. */
  width(columns: number): number;
}

/** A view that shows each frame as a block under a heading, with its findings and its message under it. */
export function frameBlockView(context: ViewContext, { body, width }: FrameBlock): View {
  const { write, theme, columns } = context;
  const around = width(columns);
  let any = false;
  const put = (lines: readonly string[]): void => {
    write(`${any ? "\n" : ""}${lines.join("\n")}\n`);
    any = true;
  };
  return {
    frame(event: FrameEvent, findings: readonly Finding[]): void {
      const under = footingLines(event, findings, around, theme);
      put([...headingLines(event, around, theme), ...body(event, context), ...under]);
    },
    end({ sender }: EndEvent, findings: readonly Finding[]): void {
      if (findings.length === 0) return;
      const heading = paint([span(`end of the ${sender}'s frames`, "strong")], theme);
      put([heading, ...findings.flatMap((finding) => findingLines(finding, new Uint8Array(0), around, theme))]);
    },
    close() {},
  };
}
