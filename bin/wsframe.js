#!/usr/bin/env node
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { Script } = require("node:vm");

const FILE = join(__dirname, "..", "dist", "wsframe.cjs");
const CACHE = join(__dirname, "..", "dist", "wsframe.cache");

/**
 * Loads the command, which is one file, with the code that the build compiled before: to compile it anew takes as long as Node
 * takes to start. Another version of Node than the build's does not take that code, and compiles.
 */
exports.load = () => {
  const source = `(function (module, exports, require) {${readFileSync(FILE, "latin1")}\n})`;
  const cachedData = compiledBefore();
  const script = new Script(source, { filename: FILE, cachedData });
  const module = { exports: {} };
  script.runInThisContext()(module, module.exports, require);
  return { ...module.exports, compiled: () => script.createCachedData() };
};

/** The code that the build compiled; while it builds, there is none yet. */
function compiledBefore() {
  try {
    return readFileSync(CACHE);
  } catch {
    return undefined;
  }
}

if (require.main === module) exports.load().main(process.argv);
