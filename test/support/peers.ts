import { spawnSync } from "node:child_process";
import { test } from "node:test";

/** A program that tests use as a peer, and how to install it. */
export interface Peer {
  readonly name: string;
  /** A command that succeeds if the peer is installed. */
  readonly probe: readonly [command: string, ...args: string[]];
  readonly install: string;
}

/** Debian's own python3-websockets, even if another Python comes first on the PATH. */
export const PYTHON = "/usr/bin/python3";
export const PYTHON_WEBSOCKETS: Peer = {
  name: "python3-websockets",
  probe: [PYTHON, "-c", "import websockets.frames"],
  install: "apt-get install python3-websockets",
};

export const TSHARK: Peer = { name: "tshark", probe: ["tshark", "--version"], install: "apt-get install tshark" };

export const OPENSSL: Peer = { name: "openssl", probe: ["openssl", "version"], install: "apt-get install openssl" };

export const JQ: Peer = { name: "jq", probe: ["jq", "--version"], install: "apt-get install jq" };

export const XXD: Peer = { name: "xxd", probe: ["xxd", "--version"], install: "apt-get install xxd" };

export const CHROMIUM: Peer = {
  name: "chromium",
  probe: ["chromium", "--version"],
  install: "apt-get install chromium",
};

/** Whether a peer is installed. */
export function isThere({ probe: [command, ...args] }: Peer): boolean {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}

/** A test that needs a peer. If it is missing, the test is skipped with install instructions; in CI that is a failure. */
export function testWithPeer(peer: Peer, name: string, run: () => void | Promise<void>): void {
  if (isThere(peer)) test(name, run);
  else if (process.env.CI) test(name, () => Promise.reject(new Error(`${peer.name} is missing: ${peer.install}`)));
  else test(name, { skip: `${peer.name} is missing: ${peer.install}` }, () => {});
}
