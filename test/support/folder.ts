import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder that is removed when the process ends: programs that the tests start may write to it until then. */
export function createScratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "wsframe-test-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}
