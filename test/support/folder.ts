import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

/** A folder that is gone when the test is over; asked for outside of one, when those of its file are. */
export function createScratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "wsframe-test-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
