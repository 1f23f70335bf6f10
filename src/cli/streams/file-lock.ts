import { closeSync, constants, lstatSync, openSync, readFileSync, renameSync, unlinkSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";

const { O_WRONLY, O_RDONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
/** Time for a process to write its ID into a lock that it created, in milliseconds. */
const LOCK_WRITE_TIME_MS = 100;

/** The process that holds a lock, with its start time, because a process ID may be reused. */
interface LockOwner {
  readonly pid: number;
  readonly started: string;
}

/**
 * Prevents two processes from writing the same file, using a lock file beside it that names this process. A lock that a killed process
 * left behind is ignored.
 */
export class FileLock {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /**
   * Locks a file; returns the ID of the process that already holds the lock, if any. Throws if no file can be created
   * beside it, or if the lock's name is taken by something else.
   */
  static acquire(file: string): FileLock | number {
    const path = join(dirname(file), `.${basename(file)}.lock`);
    for (;;) {
      try {
        const made = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
        const lock = new FileLock(path);
        try {
          writeSync(
            made,
            JSON.stringify({ pid: process.pid, started: readProcessStart(process.pid) } satisfies LockOwner),
          );
        } catch (error) {
          lock.release();
          throw error;
        } finally {
          closeSync(made);
        }
        return lock;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
      const owner = readOwner(path);
      if (owner !== null && isOwnerAlive(owner)) return owner.pid;
      if (owner === null && isForeign(path))
        throw new Error(`${basename(path)} in the same folder is not a lock file of wsframe; remove it`);
      removeStaleLock(path, owner);
    }
  }

  release(): void {
    try {
      unlinkSync(this.#path);
    } catch {
      // Another process removed it.
    }
  }
}

/** The holder of a lock; `null` if there is none any more, or the lock cannot be read. */
function readOwner(path: string): LockOwner | null {
  for (const last of [false, true]) {
    try {
      const file = openSync(path, O_RDONLY | O_NOFOLLOW);
      const text = readFileSync(file, "utf8");
      closeSync(file);
      const { pid, started } = JSON.parse(text);
      return Number.isInteger(pid) && pid > 0 ? { pid, started: String(started) } : null;
    } catch {
      // Its process may have created it just now.
      if (!last) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_WRITE_TIME_MS);
    }
  }
  return null;
}

/** Whether something that is not a lock has the lock's name: it must not be removed. */
function isForeign(path: string): boolean {
  try {
    if (!lstatSync(path).isFile()) return true;
    const text = readFileSync(path, "utf8");
    return text !== "" && !/^\{"pid":/.test(text);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ENOENT";
  }
}

/** Removes a stale lock, unless another process has replaced it in the meantime. */
function removeStaleLock(path: string, owner: LockOwner | null): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
    const found = readOwner(aside);
    if (found !== null && found.pid !== owner?.pid) renameSync(aside, path);
    else unlinkSync(aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

function isOwnerAlive({ pid, started }: LockOwner): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Another user's process cannot be signalled, but it exists.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  const since = readProcessStart(pid);
  return started === "" || since === "" || since === started;
}

/** A process's start time, in clock ticks since boot; `""` if unknown. */
function readProcessStart(pid: number): string {
  try {
    // It is the 20th field after the program's name, which may contain blanks and parentheses.
    return readFileSync(`/proc/${pid}/stat`, "latin1").replace(/^.*\)/s, "").trim().split(" ")[19] ?? "";
  } catch {
    return "";
  }
}
