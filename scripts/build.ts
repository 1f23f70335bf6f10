/** Builds what the package ships: the command as one CommonJS file, which starts fastest, and the library as ES modules. */
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { build } from "esbuild";

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };

rmSync("dist", { recursive: true, force: true });
await build({
  entryPoints: ["src/cli/main.ts"],
  outfile: "dist/wsframe.cjs",
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  define: { WSFRAME_VERSION: JSON.stringify(version) },
  legalComments: "none",
  minify: true,
  // Within one file, what is imported late is evaluated late; what is Node's own is required late.
  supported: { "dynamic-import": false },
  logLevel: "warning",
});
execFileSync(process.execPath, ["scripts/code-cache.cjs"], { stdio: "inherit" });
execFileSync("node_modules/.bin/tsc", ["--project", "tsconfig.build.json"], { stdio: "inherit" });
