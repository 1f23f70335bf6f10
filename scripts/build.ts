/** Builds what the package ships: the command as one CommonJS file, which starts fastest, and the library as ES modules. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { build, type Plugin } from "esbuild";
import { bundledPackages, thirdPartyNotices } from "./third-party-notices.js";

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };

/**
 * Node's modules that take 3 to 8 ms to load are loaded when something of theirs is used: commander asks for what starts other
 * programs, which it does not do here, and a digest is needed for handshakes alone.
 */
const lateModules: Plugin = {
  name: "late-modules",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:(child_process|crypto|zlib)$/ }, ({ path, namespace }) =>
      namespace === "late" ? { path, external: true } : { path, namespace: "late" },
    );
    onLoad({ filter: /.*/, namespace: "late" }, ({ path }) => {
      const names = Object.keys(createRequire(import.meta.url)(path) as object);
      const getters = names.map((name) => `get ${name}() { return require("${path}").${name}; }`);
      return { contents: `module.exports = { ${getters.join(", ")} };` };
    });
  },
};

/** cli-table3 is given placeholders of one column each (src/view/grid.ts): to measure them as text takes 8 ms a table. */
const widthOfPlaceholders: Plugin = {
  name: "width-of-placeholders",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^string-width$/ }, ({ path }) => ({ path, namespace: "placeholders" }));
    onLoad({ filter: /.*/, namespace: "placeholders" }, () => ({
      contents: "module.exports = (text) => text.length;",
    }));
  },
};

/** A file of ASCII alone is read in half the time. */
function inAscii(source: string): string {
  return source.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

rmSync("dist", { recursive: true, force: true });
const { outputFiles, metafile } = await build({
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
  plugins: [lateModules, widthOfPlaceholders],
  write: false,
  metafile: true,
});
mkdirSync("dist");
for (const { path, text } of outputFiles) writeFileSync(path, inAscii(text), "latin1");
writeFileSync("dist/THIRD-PARTY-NOTICES", thirdPartyNotices(bundledPackages(metafile)));
execFileSync("node_modules/.bin/tsc", ["--project", "tsconfig.build.json"], { stdio: "inherit" });
