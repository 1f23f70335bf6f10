// Reads stdin and does nothing else: as fast as a program on Node can read a pipe.
process.stdin.on("data", () => {});
