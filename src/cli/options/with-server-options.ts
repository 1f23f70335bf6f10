import type { Command } from "commander";

/** Adds to a command what says where it listens. */
export function addServerOptions(command: Command): Command {
  return command
    .option("-p, --port <n>", "the port to listen on; 0 for any that is free", "8080")
    .option(
      "--host <address>",
      "the address to listen on; 0.0.0.0 for all, so that other machines can connect",
      "127.0.0.1",
    )
    .option("--cert <file>", "listen with TLS: the certificate, as PEM")
    .option("--key <file>", "its private key, as PEM");
}
