/**
 * Runs the tests: every `*.test.ts` below `test/`, or below the given folders and files. They are compiled first:
 * to compile the modules in the process of each test takes 0.2 s or more per file.
 *
 * Node 20's own runner treats a folder or a pattern that matches nothing as success; here, no tests is a failure.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";

const COMPILED = "dist-test";

function listFiles(path: string, end: string): string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) =>
      statSync(join(path, name)).isDirectory() || name.endsWith(end) ? listFiles(join(path, name), end) : [],
    );
}

// By default, Node runs one file fewer at once than there are processors, but many tests wait for other programs.
const CONCURRENCY = `--test-concurrency=${availableParallelism() + 1}`;

const named = process.argv.slice(2);
const files = (named.length > 0 ? named : ["test"]).flatMap((path) => listFiles(path, ".test.ts"));
if (files.length === 0) {
  process.stderr.write("no tests found\n");
  process.exit(1);
}
await build({
  entryPoints: ["src", "test", "scripts"].flatMap((folder) => listFiles(folder, ".ts")),
  outdir: COMPILED,
  outbase: ".",
  format: "esm",
  platform: "node",
  target: "node20",
  sourcemap: "inline",
  sourcesContent: false,
  logLevel: "warning",
});
const compiled = files.map((file) => join(COMPILED, file.replace(/\.ts$/, ".js")));
const { status } = spawnSync(process.execPath, ["--enable-source-maps", "--test", CONCURRENCY, ...compiled], {
  stdio: "inherit",
});
process.exitCode = status ?? 1;
