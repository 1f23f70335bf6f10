import { spawnSync } from "node:child_process";
import { test } from "node:test";

/** A program that tests talk to, and how it is installed. */
interface Peer {
  readonly name: string;
  /** A command that succeeds where the peer is there. */
  readonly probe: readonly [command: string, ...args: string[]];
  readonly install: string;
}

/** Debian's own python3-websockets, whatever other Python comes first on the PATH. */
export const PYTHON = "/usr/bin/python3";
export const PYTHON_WEBSOCKETS: Peer = {
  name: "python3-websockets",
  probe: [PYTHON, "-c", "import websockets.frames"],
  install: "apt-get install python3-websockets",
};

export const TSHARK: Peer = { name: "tshark", probe: ["tshark", "--version"], install: "apt-get install tshark" };

export const OPENSSL: Peer = { name: "openssl", probe: ["openssl", "version"], install: "apt-get install openssl" };

export const CHROMIUM: Peer = {
  name: "chromium",
  probe: ["chromium", "--version"],
  install: "apt-get install chromium",
};

/** A test that needs a peer. Where it is missing the test is skipped, and says how to install it; in CI that is a failure. */
export function testWithPeer(peer: Peer, name: string, run: () => void | Promise<void>): void {
  const [command, ...args] = peer.probe;
  const there = spawnSync(command, args, { stdio: "ignore" }).status === 0;
  if (there) test(name, run);
  else if (process.env.CI) test(name, () => Promise.reject(new Error(`${peer.name} is missing: ${peer.install}`)));
  else test(name, { skip: `${peer.name} is missing: ${peer.install}` }, () => {});
}
