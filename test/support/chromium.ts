import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after } from "node:test";
import { WebSocketServer } from "ws";
import { createScratchFolder } from "./folder.js";
import { CHROMIUM } from "./peers.js";
import { startProcess } from "./processes.js";
import { Queue } from "./queue.js";

/** A web server whose pages run a script that can send reports with `report(anything)`. */
export interface TestSite {
  readonly port: number;
  /** The next report from a page. */
  nextReport(): Promise<unknown>;
  readonly sockets: WebSocketServer;
}

/** Serves one page under every path, with WebSocket on the same port. */
export async function serveSite(script: string): Promise<TestSite> {
  const reports = new Queue<unknown>("a page's report");
  const page = `<!doctype html><meta charset="utf-8"><script>
const report = (what) => fetch("/report", { method: "POST", body: JSON.stringify(what) });
addEventListener("error", ({ message }) => report({ error: message }));
${script}
</script>`;
  const web = createServer((request, response) => {
    const body: Buffer[] = [];
    request.on("data", (bytes) => body.push(bytes));
    request.on("end", () => {
      if (request.method === "POST") reports.add(JSON.parse(String(Buffer.concat(body))));
      response.setHeader("Content-Type", "text/html; charset=utf-8");
      response.setHeader("Access-Control-Allow-Origin", "*");
      response.end(request.method === "POST" ? "" : page);
    });
  });
  const sockets = new WebSocketServer({ server: web, perMessageDeflate: { threshold: 0 } });
  await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
  after(() => {
    for (const client of sockets.clients) client.terminate();
    web.close();
    web.closeAllConnections();
  });
  return { port: (web.address() as AddressInfo).port, nextReport: () => reports.next(), sockets };
}

/** Opens a page in a separate headless Chromium until the tests of the file end. The page may open others. */
export function openPage(url: string): void {
  const quiet = [
    "--no-first-run",
    "--disable-gpu",
    "--disable-popup-blocking",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
  ];
  const profile = `--user-data-dir=${createScratchFolder()}`;
  const browser = startProcess(CHROMIUM.probe[0], [
    "--headless",
    "--no-sandbox",
    ...quiet,
    profile,
    "--remote-debugging-port=0",
    url,
  ]);
  browser.stdout.resume();
  browser.stderr.resume();
}
