import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createScratchFolder } from "./folder.js";
import { OPENSSL } from "./peers.js";

/** A self-signed certificate for localhost and its key: the files, and their content. */
export interface SelfSignedCertificate {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Makes a certificate with OpenSSL. */
export function createSelfSigned(name: string): SelfSignedCertificate {
  const folder = createScratchFolder();
  const certFile = join(folder, `${name}.crt`);
  const keyFile = join(folder, `${name}.key`);
  const kind = "-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost";
  const names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  execFileSync(OPENSSL.probe[0], ["req", ...kind.split(" "), ...names, "-keyout", keyFile, "-out", certFile], {
    stdio: "ignore",
  });
  return { certFile, keyFile, cert: readFileSync(certFile), key: readFileSync(keyFile) };
}
