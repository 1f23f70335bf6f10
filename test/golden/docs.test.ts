/**
 * What README and docs show as the output of a command is what the command prints, on stdout and then on stderr. In a fenced
 * block that begins with `$ `, each line that begins so is run. `npm run test:golden:update` writes the output anew: read the
 * difference. Commands that cannot run here (live ones, other programs) stand in blocks without `$ `.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { runShell } from "../support/command.js";
import { fencedBlocks, PAGES, readPage, replaceBlocks, shownCommands } from "../support/pages.js";
import { isThere, JQ, type Peer, TSHARK, testWithPeer, XXD } from "../support/peers.js";

/** Other programs that commands use. */
const TOOLS = [JQ, TSHARK, XXD];

function toolOf(line: string): Peer | undefined {
  return TOOLS.find(({ name }) => new RegExp(`(?:^|[|;&] *)${name} `).test(line));
}

function printed(line: string): string {
  const { stdout, stderr } = runShell(line);
  const text = `${stdout === "" || stdout.endsWith("\n") ? stdout : `${stdout}\n`}${stderr}`;
  return text.replaceAll(/[ \t]+$/gm, "");
}

function refreshed(block: string): string {
  const commands = shownCommands(block);
  if (commands.length === 0) return block;
  return commands
    .map(({ line, output }) => {
      const tool = toolOf(line);
      return `$ ${line}\n${tool === undefined || isThere(tool) ? printed(line) : output}`;
    })
    .join("");
}

if (process.env.UPDATE_GOLDEN)
  for (const path of PAGES) {
    const page = readPage(path);
    const anew = replaceBlocks(page, refreshed);
    // Another test writes the pages that have no commands.
    if (anew !== page) writeFileSync(path, anew);
  }

for (const path of PAGES) {
  const page = readPage(path);
  const blocks = fencedBlocks(page);
  for (const { line, output } of blocks.flatMap(({ text }) => shownCommands(text))) {
    const tool = toolOf(line);
    const check = (): void => assert.equal(output, printed(line));
    if (tool === undefined) test(`${path}: ${line}`, check);
    else testWithPeer(tool, `${path}: ${line}`, check);
  }

  test(`${path}: what is not run cannot run here`, () => {
    const skipped = blocks.filter(({ text }) => !text.startsWith("$ ")).flatMap(({ text }) => text.split("\n"));
    const runnable = skipped.filter((line) => /^(?:\$ |wsframe (?:decode|encode|handshake|explain)\b)/.test(line));
    assert.deepEqual(runnable, []);
  });

  test(`${path}: links lead somewhere`, () => {
    const links = [...page.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] as string);
    const broken = links.filter((link) => !/^https?:/.test(link) && !leadsSomewhere(path, link));
    assert.deepEqual(broken, []);
  });

  test(`${path}: every file of fixtures/ that is named exists`, () => {
    const named = [...page.matchAll(/fixtures\/[\w./-]*\w/g)].map(([file]) => file);
    assert.deepEqual(
      named.filter((file) => !existsSync(file)),
      [],
    );
  });
}

function leadsSomewhere(from: string, link: string): boolean {
  const [file = "", anchor] = link.split("#");
  const path = file === "" ? from : join(dirname(from), file);
  if (!existsSync(path)) return false;
  return anchor === undefined || anchors(readFileSync(path, "utf8")).includes(anchor);
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchors(page: string): string[] {
  return [...page.replaceAll(/^```.*?^```/gms, "").matchAll(/^#+ (.*)$/gm)].map((match) =>
    (match[1] as string)
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

test("options that the pages name exist", () => {
  const commands = ["", "decode", "encode", "handshake", "explain", "listen", "connect", "proxy"];
  const help = commands.map((command) => runShell(`wsframe ${command} --help`).stdout).join();
  const options = new Set(help.match(/(?<![\w-])--?[a-zA-Z][\w-]*/g));
  for (const path of PAGES) {
    const code = [...readPage(path).matchAll(/(?<!`)`(-[^`\n]*)`/g)].map((match) => match[1] as string);
    const unknown = code.flatMap((text) => text.match(/(?<![\w-])--?[a-zA-Z][\w-]*/g) ?? []);
    assert.deepEqual(
      unknown.filter((option) => !options.has(option)),
      [],
      path,
    );
  }
});

test("the package has what the README links to", () => {
  const { files } = JSON.parse(readFileSync("package.json", "utf8")) as { files: string[] };
  const links = [...readPage("README.md").matchAll(/\]\(([^)\s#]+)/g)].map((match) => match[1] as string);
  const local = links.filter((link) => !/^https?:/.test(link) && link !== "LICENSE");
  assert.deepEqual(
    local.filter((link) => !files.some((file) => link === file || link.startsWith(`${file}/`))),
    [],
  );
});
