import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

/** A folder that is removed after the current test or, outside a test, after the tests of the file. */
export function createScratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "wsframe-test-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
