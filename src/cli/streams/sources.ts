import { decodeLatin1 } from "../../bytes/latin1.js";
import { quote } from "../../bytes/safe-text.js";
import { startsWithHead } from "../../input/notation/text-head.js";
import type { Source } from "../../inspect/source.js";
import { UsageError } from "../usage-error.js";
import { readNamedChunks, readStdinChunks } from "./chunks.js";
import { decompress } from "./decompress.js";
import { note } from "./note.js";
import { isTerminal } from "./standard-streams.js";

/** How to read sources. */
export interface SourceOptions {
  /** Whether the arguments use several notations, so that each is read separately. */
  readonly apart?: boolean;
  /** Aborted to end files and stdin. */
  readonly over?: AbortSignal | null;
  /** Called with the number of bytes read from a file or stdin, before decompression. */
  readonly onRead?: (bytes: number) => void;
}

/** The sources that a command's arguments name: the bytes themselves, files, or stdin. */
export function openSources(
  bytes: readonly string[],
  files: readonly string[],
  { apart = false, over = null, onRead = () => {} }: SourceOptions = {},
): Source[] {
  if (bytes.length > 0 && files.length > 0) {
    throw new UsageError(
      `--read cannot be combined with bytes as arguments (${quote(bytes[0] ?? "")}); give one of them`,
    );
  }
  if (files.length > 0)
    return files.map((file) => (file === "-" ? createStdinSource(over, onRead) : createFileSource(file, over, onRead)));
  if (bytes.length === 0 || (bytes.length === 1 && bytes[0] === "-")) return [createStdinSource(over, onRead)];
  return apart ? bytes.map((argument) => createArgumentSource([argument])) : [createArgumentSource(bytes)];
}

/** Arguments as a source: joined, so that a frame may span several. */
function createArgumentSource(bytes: readonly string[]): Source {
  const text = Buffer.from(restoreLineEnds(bytes.join(" ")));
  return {
    name: null,
    isReadWhole: true,
    async *chunks() {
      yield text;
    },
  };
}

function createFileSource(name: string, over: AbortSignal | null, onRead: (bytes: number) => void): Source {
  return {
    name,
    isReadWhole: false,
    async *chunks() {
      try {
        yield* decompress(countChunks(readNamedChunks(name, over), onRead), note);
      } catch (error) {
        throw buildReadError(name, error as NodeJS.ErrnoException);
      }
    },
  };
}

async function* countChunks(
  chunks: AsyncIterable<Uint8Array>,
  onRead: (bytes: number) => void,
): AsyncIterable<Uint8Array> {
  for await (const chunk of chunks) {
    onRead(chunk.length);
    yield chunk;
  }
}

const READ_ERROR_REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  EISDIR: "it is a folder; give a file in it",
  EACCES: "permission denied",
};

function buildReadError(name: string, error: NodeJS.ErrnoException): Error {
  if (error.code === undefined) return error;
  return new UsageError(`cannot read ${quote(name)}: ${READ_ERROR_REASONS[error.code] ?? error.message}`);
}

function createStdinSource(over: AbortSignal | null, onRead: (bytes: number) => void): Source {
  return {
    name: null,
    isReadWhole: false,
    async *chunks() {
      const typed = isTerminal("stdin");
      if (typed) note("reading from the terminal: paste the input, then press Enter and Ctrl-D");
      try {
        const chunks = countChunks(readStdinChunks(over), onRead);
        yield* typed ? readPasted(chunks) : decompress(chunks, note);
      } catch (error) {
        throw buildReadError("standard input", error as NodeJS.ErrnoException);
      }
    },
  };
}

/**
 * An HTTP head pasted into an argument or a terminal has lost its line ends, so they are restored. Input
 * from a pipe or a file is unchanged.
 */
function restoreLineEnds(text: string): string {
  if (!startsWithHead(text)) return text;
  // A shell's $(…) removes the last line feed.
  if (text.includes("\r")) return text.endsWith("\r") ? `${text}\n` : text;
  const lines = text.replaceAll("\n", "\r\n");
  return lines.endsWith("\r\n\r\n") ? lines : `${lines}${lines.endsWith("\r\n") ? "" : "\r\n"}\r\n`;
}

/** Input typed or pasted into a terminal, with the line ends of a head restored. */
async function* readPasted(stdin: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let isHead: boolean | null = null;
  for await (const chunk of stdin) {
    isHead ??= startsWithHead(decodeLatin1(chunk));
    yield isHead ? Buffer.from(decodeLatin1(chunk).replace(/\r?\n/g, "\r\n"), "latin1") : chunk;
  }
}
