import { closeSync, constants, lstatSync, openSync, readFileSync, renameSync, unlinkSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";

const { O_WRONLY, O_RDONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
/** Milliseconds in which a process writes its name into a lock that it made. */
const LOCK_WRITE_TIME_MS = 100;

/** The process that holds a lock: it started at a certain time, since another one may get its number later. */
interface LockOwner {
  readonly pid: number;
  readonly started: string;
}

/**
 * Keeps other processes from writing the same file: with a file beside it, which names this process. One that a process left behind
 * when it was killed counts for nothing.
 */
export class FileLock {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /**
   * Locks a file; gives the number of the process that has locked it already, where there is one. Throws where no file can be made
   * beside it, or something else has the lock's name.
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
      // Somebody cleared it away.
    }
  }
}

/** Who holds a lock; `null` when nobody does any more, or it cannot be read. */
function readOwner(path: string): LockOwner | null {
  for (const last of [false, true]) {
    try {
      const file = openSync(path, O_RDONLY | O_NOFOLLOW);
      const text = readFileSync(file, "utf8");
      closeSync(file);
      const { pid, started } = JSON.parse(text);
      return Number.isInteger(pid) && pid > 0 ? { pid, started: String(started) } : null;
    } catch {
      // It may be that it was made just now.
      if (!last) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_WRITE_TIME_MS);
    }
  }
  return null;
}

/** Whether something else has the name of a lock: it is left alone. */
function isForeign(path: string): boolean {
  try {
    if (!lstatSync(path).isFile()) return true;
    const text = readFileSync(path, "utf8");
    return text !== "" && !/^\{"pid":/.test(text);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ENOENT";
  }
}

/** Removes a lock that nobody holds, unless another process did so and made its own in the meantime. */
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
    // A process of somebody else cannot be sent a signal, but is there.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  const since = readProcessStart(pid);
  return started === "" || since === "" || since === started;
}

/** When a process started, in clock ticks since boot; `""` where unknown. */
function readProcessStart(pid: number): string {
  try {
    // Behind the program's name, which may have blanks and parentheses, it is the 20th field.
    return readFileSync(`/proc/${pid}/stat`, "latin1").replace(/^.*\)/s, "").trim().split(" ")[19] ?? "";
  } catch {
    return "";
  }
}
