import { readFileSync } from "node:fs";
import { quote } from "../../bytes/safe-text.js";
import { type Certificate, findCertificateFault } from "../../live/transport.js";
import { UsageError } from "../usage-error.js";

/** The certificate that `--cert` and `--key` name; `null` without them. */
export function loadCertificate(cert: string | undefined, key: string | undefined): Certificate | null {
  if (cert === undefined && key === undefined) return null;
  if (cert === undefined || key === undefined)
    throw new UsageError("--cert and --key must be given together (PEM files)");
  const certificate = { cert: readPem("--cert", cert, "CERTIFICATE"), key: readPem("--key", key, "PRIVATE KEY") };
  const fault = findCertificateFault(certificate);
  if (fault === null) return certificate;
  throw new UsageError(`--cert ${quote(cert)} and --key ${quote(key)} do not work: ${fault}`);
}

function readPem(option: string, file: string, holds: string): Uint8Array {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new UsageError(`${option}: cannot read ${quote(file)}: ${(error as Error).message}`);
  }
  if (bytes.includes(`${holds}-----`)) return bytes;
  throw new UsageError(`${option}: ${quote(file)} has no PEM block "${holds}"`);
}
