import { createInterface } from "node:readline";
import type { AnyRecord } from "./any-record.js";
import { PYTHON } from "./peers.js";
import { startProcess } from "./processes.js";
import { Queue } from "./queue.js";

/** A client or a server of python3-websockets, which reports its events. */
export interface PythonPeer {
  /** The next event. */
  next(): Promise<AnyRecord>;
  /** Sends tasks to a client. */
  sendTasks(...tasks: readonly object[]): void;
}

/** Starts a peer with the options of `test/peers/websockets_live.py`. */
export function startPythonPeer(kind: "client" | "server", options: object): PythonPeer {
  const peer = startProcess(PYTHON, ["test/peers/websockets_live.py", kind, JSON.stringify(options)]);
  const events = new Queue<AnyRecord>(`what a ${kind} of python3-websockets says`);
  createInterface({ input: peer.stdout }).on("line", (line) => events.add(JSON.parse(line)));
  // Piping each peer's stderr to ours would leave its listeners there.
  peer.stderr.on("data", (said) => void process.stderr.write(said));
  return {
    next: () => events.next(),
    sendTasks: (...tasks) => void peer.stdin.write(tasks.map((task) => `${JSON.stringify(task)}\n`).join("")),
  };
}
