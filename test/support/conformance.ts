import { readdirSync, readFileSync } from "node:fs";
import type { Sender } from "../../src/index.js";
import { parseHexBytes } from "./bytes.js";

const CONFORMANCE_FOLDER = "fixtures/conformance";

/** A case of the suite: the bytes of its client, and the expected findings. */
export interface ConformanceCase {
  readonly id: string;
  readonly title: string;
  readonly sender: Sender;
  readonly extensions: string | undefined;
  /** The sizes of the suite's writes; without them, all bytes are written at once. */
  readonly pieces: readonly number[];
  /** The data messages, in the notation of the fixtures. */
  readonly messages: readonly string[];
  readonly expectedFindings: readonly string[];
  readonly bytes: Uint8Array;
}

function parseCase(text: string): ConformanceCase {
  const [heading = "", ...lines] = text.split("\n");
  const said = (word: string): string[] =>
    lines.filter((line) => line.startsWith(`# ${word} `)).map((line) => line.slice(word.length + 3));
  const hex = lines.filter((line) => !line.startsWith("#")).join(" ");
  return {
    id: heading.split(" ", 1)[0] as string,
    title: heading,
    sender: said("sender")[0] as Sender,
    extensions: said("extensions")[0],
    pieces: said("pieces").flatMap((sizes) => sizes.split(" ").map(Number)),
    messages: said("message").map((line) =>
      line.startsWith('text "') ? `text ${JSON.stringify(JSON.parse(line.slice(5)))}` : line,
    ),
    expectedFindings: said("finds"),
    bytes: parseHexBytes(hex.replace(/(\w+)\*(\d+)/g, (_, repeated: string, times: string) => repeated.repeat(+times))),
  };
}

/** Every case in `fixtures/conformance/`, in the order of the suite. */
export const CONFORMANCE_CASES: readonly ConformanceCase[] = readdirSync(CONFORMANCE_FOLDER)
  .filter((name) => name.endsWith(".txt"))
  .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
  .flatMap((name) => readFileSync(`${CONFORMANCE_FOLDER}/${name}`, "utf8").split(/^## /m).slice(1).map(parseCase));
