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
import { note } from "./note.js";

const BUFFER_BYTES = 64 * 1024;
/** Delay after which written output is flushed to the file, in milliseconds. */
const FLUSH_INTERVAL_MS = 200;

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = constants;
/** Creates a new file: never replaces one, and never follows a symbolic link. */
const NEW_FILE_FLAGS = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
/** Opening a pipe without a reader must fail, not block. */
const PIPE_FLAGS = O_WRONLY | O_NOFOLLOW | O_NONBLOCK;
/** Recordings are private: only the user may read them. */
const PRIVATE_FILE_MODE = 0o600;

const EMPTY_BYTES = new Uint8Array(0);

/** The content of a file. */
interface FileOutputOptions {
  /** Whether to replace an existing file, once there is something to write. */
  readonly overwrite: boolean;
  /** The number of leading bytes that form whole records. */
  countWholeRecordBytes(bytes: Uint8Array): number;
}

/** An open file. */
interface OpenedFile {
  readonly fd: number;
  /** Its temporary path until it replaces the existing file; `null` when it is in place. */
  readonly tempPath: string | null;
  /** Whether this process created it. */
  readonly isCreated: boolean;
}

/**
 * A file written while the program runs, in large pieces, each flushed after a short time. Only the user can read it, only one process
 * at a time writes it, and it ends with a whole record even if the disk fills up or the program is killed.
 */
export class FileOutput {
  readonly #name: string;
  readonly #options: FileOutputOptions;
  readonly #lock: FileLock;
  readonly #fd: number;
  readonly #isCreated: boolean;
  #tempPath: string | null;
  /** Output that is not in the file yet. Views write directly into it. */
  readonly out: ByteWriter = new ByteWriter(BUFFER_BYTES, () => this.#flushWholeRecords());
  readonly #flushTimer: NodeJS.Timeout;
  #size = 0;
  #hasFailed = false;
  readonly #onExit = (): void => this.#finishOnExit();

  /** Throws `UsageError` if the file cannot or must not be written. */
  constructor(name: string, options: FileOutputOptions) {
    this.#name = name;
    this.#options = options;
    this.#lock = acquireLock(name);
    try {
      const { fd, tempPath, isCreated } = openFile(name, options.overwrite);
      this.#fd = fd;
      this.#tempPath = tempPath;
      this.#isCreated = isCreated;
    } catch (error) {
      this.#lock.release();
      throw error;
    }
    // Views write into the buffer directly, so no call could start the timer.
    this.#flushTimer = setInterval(() => this.#flushWholeRecords(), FLUSH_INTERVAL_MS).unref();
    process.once("exit", this.#onExit);
  }

  write(piece: string | Uint8Array): void {
    if (typeof piece === "string") this.out.writeText(piece);
    else this.out.writeBytes(piece);
  }

  /** Writes the rest. An empty recording is still a file. */
  close(): void {
    this.#flush(this.out.length);
    if (!this.#hasFailed) this.#appendToFile(EMPTY_BYTES);
    this.#release();
  }

  /** Called if the program ends before the file is closed: keeps recorded data, and removes an empty file. */
  #finishOnExit(): void {
    this.#flushWholeRecords();
    if (this.#size === 0 && this.#isCreated && this.#tempPath === null) rmSync(this.#name, { force: true });
    this.#release();
  }

  #release(): void {
    process.off("exit", this.#onExit);
    clearInterval(this.#flushTimer);
    closeSync(this.#fd);
    if (this.#tempPath !== null) rmSync(this.#tempPath, { force: true });
    this.#lock.release();
  }

  #flushWholeRecords(): void {
    this.#flush(this.#options.countWholeRecordBytes(this.out.bytes.subarray(0, this.out.length)));
  }

  /** Writes the first bytes of the buffer to the file. */
  #flush(count: number): void {
    const { out } = this;
    if (count > 0 && !this.#hasFailed) this.#appendToFile(out.bytes.subarray(0, count));
    out.bytes.copyWithin(0, count, out.length);
    out.length -= count;
  }

  #appendToFile(bytes: Uint8Array): void {
    let at = 0;
    try {
      this.#replaceFile();
      while (at < bytes.length) at += writeSync(this.#fd, bytes, at);
      this.#size += at;
    } catch (error) {
      this.#hasFailed = true;
      this.#size += this.#options.countWholeRecordBytes(bytes.subarray(0, at));
      if (fstatSync(this.#fd).isFile()) ftruncateSync(this.#fd, this.#size);
      note(`cannot write ${quote(this.#name)}: ${formatSystemError(error)}; the recording stops`);
    }
  }

  /** An existing file keeps its content until there is something to replace it with. */
  #replaceFile(): void {
    if (this.#tempPath !== null) renameSync(this.#tempPath, this.#name);
    this.#tempPath = null;
  }
}

function acquireLock(name: string): FileLock {
  try {
    const lock = FileLock.acquire(name);
    if (lock instanceof FileLock) return lock;
    const by = lock === process.pid ? "is given twice" : `is being recorded by process ${lock}`;
    throw new UsageError(`${quote(name)} ${by}`);
  } catch (error) {
    throw error instanceof UsageError ? error : buildWriteError(name, formatSystemError(error));
  }
}

function openFile(name: string, overwrite: boolean): OpenedFile {
  try {
    return { fd: openSync(name, NEW_FILE_FLAGS, PRIVATE_FILE_MODE), tempPath: null, isCreated: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw buildWriteError(name, formatSystemError(error));
  }
  const kind = lstatSync(name);
  if (kind.isFIFO()) return { fd: openPipe(name), tempPath: null, isCreated: false };
  if (kind.isSymbolicLink()) throw buildWriteError(name, "it is a symbolic link");
  if (!kind.isFile()) throw buildWriteError(name, "it is not a regular file");
  if (!overwrite) throw buildWriteError(name, "it already exists; add --overwrite to replace it");
  const aside = join(dirname(name), `.${basename(name)}.${process.pid}.part`);
  try {
    return { fd: openSync(aside, NEW_FILE_FLAGS, PRIVATE_FILE_MODE), tempPath: aside, isCreated: true };
  } catch (error) {
    throw buildWriteError(name, formatSystemError(error));
  }
}

function openPipe(name: string): number {
  let file: number;
  try {
    file = openSync(name, PIPE_FLAGS);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw buildWriteError(name, code === "ENXIO" ? "no program reads this pipe" : formatSystemError(error));
  }
  if (fstatSync(file).isFIFO()) return file;
  closeSync(file);
  throw buildWriteError(name, "it is no longer a pipe");
}

function buildWriteError(name: string, why: string): UsageError {
  return new UsageError(`cannot write ${quote(name)}: ${why}`);
}

/** The system's reason for an error, without file names that the user did not give. */
function formatSystemError(error: unknown): string {
  return (error as Error).message.replace(/, \w+(?: '.*')?$/s, "");
}
