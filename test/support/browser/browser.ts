import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { temporaryDirectory } from "../machine/temporary.ts";
import { Protocol } from "./protocol.ts";

/** A page in a real browser, and what the browser had to say of it. */
export interface Page {
  /** The value of an expression in the page, as JSON; a promise is awaited. Throws what it throws. */
  evaluate(expression: string): Promise<unknown>;
  /** Writes a picture of the whole page, or of the window. */
  screenshot(file: string, of?: "page" | "window"): Promise<void>;
  resize(width: number, height: number): Promise<void>;
  scheme(scheme: "light" | "dark"): Promise<void>;
  pdf(file: string): Promise<void>;
  /** What the console was told, what the page's policy refused, and what its script threw. */
  complaints: string[];
  /** Each address that was asked for, beside the page's own. */
  requests: string[];
}

export interface Browser extends AsyncDisposable {
  open(file: string, width?: number, height?: number): Promise<Page>;
}

/** Starts a browser with a profile of its own in a temporary folder. It ends with the scope. */
export async function startBrowser(path: string): Promise<Browser> {
  const profile = temporaryDirectory("browser");
  const child = Bun.spawn([path, ...flags, `--user-data-dir=${profile}`, "about:blank"], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { PATH: process.env["PATH"] ?? "", HOME: profile, TMPDIR: profile },
  });
  const protocol = await Protocol.connect(await addressIn(child.stderr));
  return {
    open: (file, width = 1280, height = 900) =>
      openPage(protocol, pathToFileURL(file).href, { width, height }),
    async [Symbol.asyncDispose]() {
      await protocol.call("Browser.close").catch(() => {});
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

/** Nothing of it asks anybody for anything; the sandbox needs rights that a container does not give. */
const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--no-default-browser-check",
  "--no-proxy-server",
  "--remote-debugging-port=0",
];

/** Where it can be spoken to, as it prints it; throws what it printed when it ends without that. */
async function addressIn(output: ReadableStream<Uint8Array>): Promise<string> {
  let said = "";
  const decoder = new TextDecoder();
  const reader = output.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`The browser did not start:\n${said}`);
    said += decoder.decode(value, { stream: true });
    const address = /ws:\/\/127\.0\.0\.1:\d+\/\S+/.exec(said)?.[0];
    if (address === undefined) continue;
    // what it prints later is read too, so that it never waits for a reader
    void (async () => {
      while (!(await reader.read()).done);
    })().catch(() => {});
    return address;
  }
}

async function openPage(
  protocol: Protocol,
  url: string,
  size: { width: number; height: number },
): Promise<Page> {
  const { targetId } = Target.parse(await protocol.call("Target.createTarget", { url: "about:blank" }));
  const attached = await protocol.call("Target.attachToTarget", { targetId, flatten: true });
  const { sessionId } = Session.parse(attached);
  const call = (method: string, params: object = {}) => protocol.call(method, params, sessionId);
  const [complaints, requests]: [string[], string[]] = [[], []];
  const loaded = Promise.withResolvers<void>();
  protocol.onEvent((method, params) => {
    if (method === "Page.loadEventFired") loaded.resolve();
    if (method === "Network.requestWillBeSent") requests.push(Requested.parse(params).request.url);
    if (complaining.has(method)) complaints.push(JSON.stringify(params));
  });
  for (const domain of ["Page", "Network", "Runtime", "Log"]) await call(`${domain}.enable`);
  const resize = async (width: number, height: number) => {
    await call("Emulation.setDeviceMetricsOverride", {
      width,
      height,
      deviceScaleFactor: 1,
      mobile: width < 600,
    });
  };
  await resize(size.width, size.height);
  await call("Page.navigate", { url });
  await loaded.promise;
  return {
    complaints,
    get requests() {
      return requests.filter((asked) => asked !== url);
    },
    resize,
    async evaluate(expression) {
      const answer = await call("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true });
      const { result, exceptionDetails } = Evaluated.parse(answer);
      if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
      return result.value;
    },
    async screenshot(file, of = "page") {
      const params = { format: "png", captureBeyondViewport: of === "page" };
      writeFileSync(file, bytesOf(await call("Page.captureScreenshot", params)));
    },
    async scheme(scheme) {
      const features = [{ name: "prefers-color-scheme", value: scheme }];
      await call("Emulation.setEmulatedMedia", { features });
    },
    async pdf(file) {
      writeFileSync(file, bytesOf(await call("Page.printToPDF", { printBackground: true })));
    },
  };
}

const complaining = new Set(["Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"]);

const Target = z.object({ targetId: z.string() });
const Session = z.object({ sessionId: z.string() });
const Requested = z.object({ request: z.object({ url: z.string() }) });
const Evaluated = z.object({
  result: z.object({ value: z.unknown().optional() }),
  exceptionDetails: z.unknown().optional(),
});

function bytesOf(answer: unknown): Buffer {
  return Buffer.from(z.object({ data: z.string() }).parse(answer).data, "base64");
}
