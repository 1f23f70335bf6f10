import type { Command } from "commander";

/** Adds the options for the listening address and TLS. */
export function addServerOptions(command: Command): Command {
  return command
    .option("-p, --port <n>", "port to listen on; 0 picks a free one", "8080")
    .option("--host <address>", "address to listen on; 0.0.0.0 lets other machines connect", "127.0.0.1")
    .option("--cert <file>", "use TLS with this certificate (PEM)")
    .option("--key <file>", "private key of the certificate (PEM)");
}
