import { constants, openSync } from "node:fs";
import { Socket } from "node:net";

/** A named pipe as a stream: unlike a call that blocks, it lets signals through before somebody writes into the pipe. */
export function openNamedPipe(name: string): { fd: number; stream: Socket } {
  const fd = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK);
  return { fd, stream: new Socket({ fd, readable: true, writable: false }) };
}
