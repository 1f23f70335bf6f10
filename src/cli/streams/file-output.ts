import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { ByteWriter } from "../../bytes/byte-writer.js";
import { quote } from "../../bytes/safe-text.js";
import { UsageError } from "../usage-error.js";
import { FileLock } from "./file-lock.js";
import { say } from "./note.js";

const PIECE = 64 * 1024;
/** Milliseconds after which what was written is in the file. */
const SOON = 200;

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = constants;
/** A new file: never one that is there, nor where a symbolic link leads. */
const NEW = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
/** A pipe that nobody reads is a fault, and nothing to wait for: so much else goes on. */
const PIPE = O_WRONLY | O_NOFOLLOW | O_NONBLOCK;
/** What is recorded is nobody else's business. */
const PRIVATE = 0o600;

const NOTHING = new Uint8Array(0);

/** What a file is to hold. */
interface FileOptions {
  /** Whether a file that is there already is replaced, once there is something to write. */
  readonly overwrite: boolean;
  /** How many of these bytes, which begin with a record, are whole records. */
  wholeRecords(bytes: Uint8Array): number;
}

/** A file that is open. */
interface Opened {
  readonly file: number;
  /** Where it is until it takes the place of the file that it replaces; `null` when it is in place. */
  readonly aside: string | null;
  /** Whether this process made it. */
  readonly made: boolean;
}

/**
 * A file that is written as a program goes on, in large pieces, none of which waits long. Only the user can read it, one process at
 * a time writes it, and it ends with a whole record also where the disk is full, or the program is killed.
 */
export class FileOutput {
  readonly #name: string;
  readonly #options: FileOptions;
  readonly #lock: FileLock;
  readonly #file: number;
  readonly #made: boolean;
  #aside: string | null;
  /** What was written and is not in the file yet: views write straight into it. */
  readonly out: ByteWriter = new ByteWriter(PIECE, () => this.#passWhole());
  readonly #timer: NodeJS.Timeout;
  #size = 0;
  #failed = false;
  readonly #left = (): void => this.#leave();

  /** Throws `UsageError` where the file cannot be written, or must not be. */
  constructor(name: string, options: FileOptions) {
    this.#name = name;
    this.#options = options;
    this.#lock = locked(name);
    try {
      const { file, aside, made } = opened(name, options.overwrite);
      this.#file = file;
      this.#aside = aside;
      this.#made = made;
    } catch (error) {
      this.#lock.release();
      throw error;
    }
    // Views write without a call that could start it.
    this.#timer = setInterval(() => this.#passWhole(), SOON).unref();
    process.once("exit", this.#left);
  }

  write(piece: string | Uint8Array): void {
    if (typeof piece === "string") this.out.writeText(piece);
    else this.out.writeBytes(piece);
  }

  /** Writes what is left. A file without anything is one, too. */
  close(): void {
    this.#pass(this.out.length);
    if (!this.#failed) this.#append(NOTHING);
    this.#end();
  }

  /** The program ends before it closed the file: what was recorded stays, and a file that holds nothing goes. */
  #leave(): void {
    this.#passWhole();
    if (this.#size === 0 && this.#made && this.#aside === null) rmSync(this.#name, { force: true });
    this.#end();
  }

  #end(): void {
    process.off("exit", this.#left);
    clearInterval(this.#timer);
    closeSync(this.#file);
    if (this.#aside !== null) rmSync(this.#aside, { force: true });
    this.#lock.release();
  }

  #passWhole(): void {
    this.#pass(this.#options.wholeRecords(this.out.bytes.subarray(0, this.out.length)));
  }

  /** Writes so many bytes into the file. */
  #pass(count: number): void {
    const { out } = this;
    if (count > 0 && !this.#failed) this.#append(out.bytes.subarray(0, count));
    out.bytes.copyWithin(0, count, out.length);
    out.length -= count;
  }

  #append(bytes: Uint8Array): void {
    let at = 0;
    try {
      this.#putInPlace();
      while (at < bytes.length) at += writeSync(this.#file, bytes, at);
      this.#size += at;
    } catch (error) {
      this.#failed = true;
      this.#size += this.#options.wholeRecords(bytes.subarray(0, at));
      if (fstatSync(this.#file).isFile()) ftruncateSync(this.#file, this.#size);
      say(`${quote(this.#name)} cannot be written: ${reasonOf(error)}; the recording ends there`);
    }
  }

  /** A file that is replaced keeps what it held until there is something to put in its place. */
  #putInPlace(): void {
    if (this.#aside !== null) renameSync(this.#aside, this.#name);
    this.#aside = null;
  }
}

function locked(name: string): FileLock {
  try {
    const lock = FileLock.take(name);
    if (lock instanceof FileLock) return lock;
    const by = lock === process.pid ? "is named twice" : `is being recorded by process ${lock}`;
    throw new UsageError(`${quote(name)} ${by}`);
  } catch (error) {
    throw error instanceof UsageError ? error : cannotWrite(name, reasonOf(error));
  }
}

function opened(name: string, overwrite: boolean): Opened {
  try {
    return { file: openSync(name, NEW, PRIVATE), aside: null, made: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw cannotWrite(name, reasonOf(error));
  }
  const kind = lstatSync(name);
  if (kind.isFIFO()) return { file: openedPipe(name), aside: null, made: false };
  if (kind.isSymbolicLink()) throw cannotWrite(name, "it is a symbolic link");
  if (!kind.isFile()) throw cannotWrite(name, "it is no file");
  if (!overwrite) throw cannotWrite(name, "it exists; --overwrite replaces it");
  const aside = join(dirname(name), `.${basename(name)}.${process.pid}.part`);
  try {
    return { file: openSync(aside, NEW, PRIVATE), aside, made: true };
  } catch (error) {
    throw cannotWrite(name, reasonOf(error));
  }
}

function openedPipe(name: string): number {
  let file: number;
  try {
    file = openSync(name, PIPE);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw cannotWrite(name, code === "ENXIO" ? "nobody reads this pipe" : reasonOf(error));
  }
  if (fstatSync(file).isFIFO()) return file;
  closeSync(file);
  throw cannotWrite(name, "it is no pipe any more");
}

function cannotWrite(name: string, why: string): UsageError {
  return new UsageError(`${quote(name)} cannot be written: ${why}`);
}

/** Why the system refused, without the name of a file that the user did not give. */
function reasonOf(error: unknown): string {
  return (error as Error).message.replace(/, \w+(?: '.*')?$/s, "");
}
