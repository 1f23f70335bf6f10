#!/usr/bin/env node
const fs = require("node:fs");
const { dirname, join } = require("node:path");
const { Script } = require("node:vm");

const FILE = join(__dirname, "..", "dist", "wsframe.cjs");
const USAGE_EXIT_CODE = 2;
/** Cache files that are kept, of 1.4 MB each. */
const KEPT_CACHES = 4;
/** Permission of another user to write: such a file is not trusted, since V8 runs what it holds. */
const FOREIGN_WRITE_BITS = 0o022;

/**
 * Loads the command, which is one file, with the code that V8 compiled in an earlier run: to compile it anew takes as long as
 * Node takes to start. That code is in the user's own cache folder, so that it works with a read-only installation and with
 * several users, and it is only used when it is undamaged: V8 crashes on damaged code.
 */
exports.load = () => {
  const bundle = readBundle();
  const cacheFile = cachePath(fs.statSync(FILE));
  const cachedData = readCache(cacheFile);
  const source = `(function (module, exports, require) {${bundle.latin1Slice()}\n})`;
  const script = new Script(source, { filename: FILE, cachedData });
  const module = { exports: {} };
  script.runInThisContext()(module, module.exports, require);
  const isCached = cachedData !== undefined && !script.cachedDataRejected;
  return { ...module.exports, saveCode: () => isCached || writeCache(cacheFile, script.createCachedData()) };
};

function readBundle() {
  try {
    return fs.readFileSync(FILE);
  } catch (error) {
    fs.writeSync(
      2,
      `wsframe: cannot read ${FILE} (${error.code}): build it with npm run build, or install wsframe again\n`,
    );
    process.exit(USAGE_EXIT_CODE);
  }
}

/**
 * The cache file of this bundle, for this version of Node and this processor; `null` where there is no folder for it. V8 compares
 * no more than the length of the source, so the name has what changes with the file: npm gives every file the same mtime, but not
 * the same ctime.
 */
function cachePath({ size, mtimeMs, ctimeMs, dev, ino }) {
  const { XDG_CACHE_HOME, HOME, LOCALAPPDATA, NODE_DISABLE_COMPILE_CACHE } = process.env;
  if (NODE_DISABLE_COMPILE_CACHE) return null;
  const folder = process.platform === "win32" ? LOCALAPPDATA : XDG_CACHE_HOME || (HOME && join(HOME, ".cache"));
  const bundle = [size, mtimeMs, ctimeMs, dev, ino].join("-");
  return folder ? join(folder, "wsframe", `${bundle}-${process.version}-${process.arch}`) : null;
}

/** The code in a cache file; `undefined` where there is none, it is damaged, or another user may have written it. */
function readCache(path) {
  if (path === null) return undefined;
  let file;
  try {
    file = fs.openSync(path, fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0));
    const { uid, mode } = fs.fstatSync(file);
    if (process.getuid && (uid !== process.getuid() || mode & FOREIGN_WRITE_BITS)) return undefined;
    const copies = fs.readFileSync(file);
    const code = copies.subarray(0, copies.length / 2);
    return code.length > 0 && code.equals(copies.subarray(code.length)) ? code : undefined;
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) fs.closeSync(file);
  }
}

/**
 * Writes a cache file under another name first, so that no process ever reads half of it. The code is in it twice: to compare two
 * copies takes 0.1 ms, to compute a checksum 8 ms. Without the file the next start is slower.
 */
function writeCache(path, code) {
  if (path === null) return;
  const temporary = `${path}.${process.pid}`;
  try {
    fs.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    removeOldCaches(dirname(path));
    fs.writeFileSync(temporary, Buffer.concat([code, code]), { mode: 0o600, flag: "wx" });
    fs.renameSync(temporary, path);
  } catch {
    try {
      fs.rmSync(temporary, { force: true });
    } catch {
      // There is no such folder.
    }
  }
}

/** Removes the oldest caches: every version of wsframe and of Node has its own. */
function removeOldCaches(folder) {
  const files = fs.readdirSync(folder).map((name) => join(folder, name));
  const modified = (file) => fs.statSync(file).mtimeMs;
  const newestFirst = files.sort((a, b) => modified(b) - modified(a));
  for (const file of newestFirst.slice(KEPT_CACHES - 1)) fs.rmSync(file);
}

if (require.main === module) {
  const { main, saveCode } = exports.load();
  // decode compiles most of the code that the other commands need, too.
  if (process.argv.includes("decode")) process.once("exit", saveCode);
  main(process.argv);
}
