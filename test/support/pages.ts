import { readdirSync, readFileSync } from "node:fs";

/** The handwritten pages. */
export const PAGES: readonly string[] = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync("docs")
    .filter((name) => name.endsWith(".md") && name !== "rules.md")
    .map((name) => `docs/${name}`),
];

/** A fenced block of a page. */
export interface FencedBlock {
  /** The text after the opening fence, such as `sh`. */
  readonly language: string;
  readonly text: string;
}

const FENCED = /^( *)```(\w*)\n(.*?)^\1```$/gms;

/** The fenced blocks of a page, without their indentation. */
export function fencedBlocks(page: string): FencedBlock[] {
  return [...page.matchAll(FENCED)].map(([, indent = "", language = "", text = ""]) => ({
    language,
    text: text.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
  }));
}

/** The page, with the text of each fenced block replaced. */
export function replaceBlocks(page: string, replace: (text: string) => string): string {
  return page.replace(FENCED, (_, indent: string, language: string, text: string) => {
    const replaced = replace(text.replaceAll(new RegExp(`^${indent}`, "gm"), "")).replaceAll(/^(?=.)/gm, indent);
    return `${indent}\`\`\`${language}\n${replaced}${indent}\`\`\``;
  });
}

/** The runnable commands of a block, each with the output shown below it. A block has some if it begins with `$ `. */
export function shownCommands(block: string): { line: string; output: string }[] {
  if (!block.startsWith("$ ")) return [];
  return block.split(/^(?=\$ )/m).map((part) => {
    const end = part.indexOf("\n");
    return { line: part.slice(2, end), output: part.slice(end + 1) };
  });
}

export function readPage(path: string): string {
  return readFileSync(path, "utf8");
}
