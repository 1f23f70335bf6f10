import { existsSync, readFileSync } from "node:fs";
import type { Sender } from "../../src/protocol/frame/frame.js";
import { parseHexBytes } from "./bytes.js";
import { readInput } from "./read-input.js";

/** The folder of the rules' good and bad inputs. */
export const RULE_FIXTURES = "fixtures/rules";

/** A rule's fixture: its bytes, how to read them, and the expected findings. */
export interface RuleFixture {
  readonly bytes: Uint8Array;
  readonly sender: Sender | null;
  readonly extensions?: string;
  readonly inflateLimit?: number;
  /** The missing bytes: their offset in the byte stream, and their number. */
  readonly gap?: readonly [offset: number, length: number];
  readonly expectedFindings: string[];
}

/** Reads the `good` or `bad` fixture of a rule: frames in hex, or heads and frames as Python literals. */
export async function readRuleFixture(id: string, kind: string): Promise<RuleFixture> {
  const path = `${RULE_FIXTURES}/${id}/${kind}`;
  const hex = existsSync(`${path}.hex`);
  const text = readFileSync(`${path}.${hex ? "hex" : "py"}`, "utf8");
  const said = (word: string): string[] =>
    [...text.matchAll(new RegExp(`^# ${word} (.*)$`, "gm"))].map((match) => match[1] as string);
  const [extensions] = said("extensions");
  const [limit] = said("limit");
  const [gap] = said("gap");
  const bare = text.replace(/^#.*/gm, "");
  return {
    bytes: hex ? parseHexBytes(bare) : (await readInput([Buffer.from(bare)], "python")).bytes,
    sender: (said("sender")[0] ?? null) as Sender | null,
    ...(extensions === undefined ? {} : { extensions }),
    ...(limit === undefined ? {} : { inflateLimit: Number(limit) }),
    ...(gap === undefined ? {} : { gap: gap.split(" ").map(Number) as [number, number] }),
    expectedFindings: said("finds"),
  };
}
