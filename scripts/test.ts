/**
 * Runs the tests: every `*.test.ts` below `test/`, or below the folders and files that are named.
 *
 * Node 20's own runner takes a folder or a pattern that matches nothing for success; here no tests is a failure.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";

function testsBelow(path: string): string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) =>
      statSync(join(path, name)).isDirectory() || name.endsWith(".test.ts") ? testsBelow(join(path, name)) : [],
    );
}

// Node runs one file less at once than there are processors; many tests wait for other programs.
const CONCURRENCY = `--test-concurrency=${availableParallelism() + 1}`;

const named = process.argv.slice(2);
const files = (named.length > 0 ? named : ["test"]).flatMap(testsBelow);
if (files.length === 0) {
  process.stderr.write("no tests found\n");
  process.exit(1);
}
const { status } = spawnSync(process.execPath, ["--import", "tsx", "--test", CONCURRENCY, ...files], {
  stdio: "inherit",
});
process.exitCode = status ?? 1;
