import { constants, openSync } from "node:fs";
import { Socket } from "node:net";

/** Reads a named pipe as a stream: unlike a blocking call, it handles signals before a writer opens the pipe. */
export function openNamedPipe(name: string): { fd: number; stream: Socket } {
  const fd = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK);
  return { fd, stream: new Socket({ fd, readable: true, writable: false }) };
}
