// Run by the build: keeps the code of the command as V8 compiled it, with the functions that a table of a frame needs.
const fs = require("node:fs");
const { load } = require("../bin/wsframe.js");

const { main, compiled } = load();
const { writeSync } = fs;
fs.writeSync = (_file, bytes) => bytes.length;
main(["node", "wsframe", "decode", "81 05 48 65 6c 6c 6f"]).then(() => {
  fs.writeSync = writeSync;
  fs.writeFileSync("dist/wsframe.cache", compiled());
});
