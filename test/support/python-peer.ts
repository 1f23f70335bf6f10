import { createInterface } from "node:readline";
import type { AnyRecord } from "./any-record.js";
import { PYTHON } from "./peers.js";
import { startProcess } from "./processes.js";
import { Queue } from "./queue.js";

/** A client or a server of python3-websockets, which says what happens. */
export interface PythonPeer {
  /** What happens next. */
  next(): Promise<AnyRecord>;
  /** Tells a client what to do. */
  sendTasks(...tasks: readonly object[]): void;
}

/** Starts one, with the options that `test/peers/websockets_live.py` knows. */
export function startPythonPeer(kind: "client" | "server", options: object): PythonPeer {
  const peer = startProcess(PYTHON, ["test/peers/websockets_live.py", kind, JSON.stringify(options)]);
  const events = new Queue<AnyRecord>(`what a ${kind} of python3-websockets says`);
  createInterface({ input: peer.stdout }).on("line", (line) => events.add(JSON.parse(line)));
  // A pipe for each peer would leave its listeners on standard error.
  peer.stderr.on("data", (said) => void process.stderr.write(said));
  return {
    next: () => events.next(),
    sendTasks: (...tasks) => void peer.stdin.write(tasks.map((task) => `${JSON.stringify(task)}\n`).join("")),
  };
}
