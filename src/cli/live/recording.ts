import { quote } from "../../bytes/safe-text.js";
import { CaptureInspection, type CaptureOptions } from "../../inspect/capture-inspection.js";
import { countWholeBlockBytes, PcapngRecorder } from "../../live/pcapng-recorder.js";
import type { TrafficSink } from "../../protocol/traffic.js";
import { PLAIN_THEME } from "../../view/theme.js";
import { VIEWS } from "../../view/views.js";
import { FileOutput } from "../streams/file-output.js";
import { note } from "../streams/note.js";
import { terminalColumns } from "../streams/open-view.js";
import { UsageError } from "../usage-error.js";

/** Records connections in a file. */
export interface Recording {
  readonly sink: TrafficSink;
  end(): void;
}

const NEWLINE = 0x0a;

/** The view to record, by the file's extension; `null` to record the bytes themselves. */
const RECORDED_VIEWS: Readonly<Record<string, string | null>> = {
  pcapng: null,
  ndjson: "ndjson",
  jsonl: "ndjson",
  txt: "list",
};

/** Every line is a record. */
const countWholeLineBytes = (bytes: Uint8Array): number => bytes.lastIndexOf(NEWLINE) + 1;

/**
 * Starts a recording; the file's extension selects the format: `.pcapng`, `.ndjson`, `.txt`.
 *
 * @param how how to read the connections, if a view is recorded
 * @param found whether to search for WebSocket connections among others; otherwise all connections are WebSocket
 * @param overwrite whether to replace an existing file
 */
export async function startRecording(
  file: string,
  how: Omit<CaptureOptions, "keep" | "selection" | "messages">,
  found: boolean,
  overwrite: boolean,
): Promise<Recording> {
  const kind = RECORDED_VIEWS[/\.([a-z]+)$/i.exec(file)?.[1]?.toLowerCase() ?? ""];
  if (kind === undefined)
    throw new UsageError(`--record ${quote(file)}: unknown file type; end the name with .pcapng, .ndjson or .txt`);
  const output = new FileOutput(file, {
    overwrite,
    countWholeRecordBytes: kind === null ? countWholeBlockBytes : countWholeLineBytes,
  });
  if (kind === null) {
    const sink = new PcapngRecorder((bytes) => output.write(bytes));
    return {
      sink,
      end() {
        // A session without connections becomes a file without packets.
        sink.writeFileStart();
        output.close();
      },
    };
  }
  const module = await (VIEWS[kind] as (typeof VIEWS)[string]).load();
  const write = (piece: string | Uint8Array): void => output.write(piece);
  const view = module.open({ theme: PLAIN_THEME, columns: terminalColumns(), write, out: output.out, note });
  const inspection = new CaptureInspection(view, { ...how, keep: module.maxPayloadShown, note: () => {} });
  return {
    sink: found ? inspection.sink : { note() {}, connection: (start) => inspection.addWebSocket(start) },
    end() {
      inspection.end();
      view.close();
      output.close();
    },
  };
}
