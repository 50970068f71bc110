import { test } from "bun:test";
import { chromiumPath } from "./chromium.ts";
import { startBrowser, type Browser } from "./browser.ts";

const found = chromiumPath();
/** One that does not start here, as where the system lacks what it is linked with, is as good as none. */
const path = found !== null && Bun.spawnSync([found, "--version"]).exitCode === 0 ? found : null;
if (path === null)
  console.log(
    'Tests in a browser are skipped: there is no Chromium here that starts, and "bun install --cwd scripts/clients" brings none for this kind of machine.',
  );

/** A test with a real browser. It is skipped where there is none, and that is said. */
export function browserTest(name: string, run: (browser: Browser) => Promise<void>): void {
  test.skipIf(path === null)(name, async () => {
    await using browser = await startBrowser(path ?? "");
    await run(browser);
  });
}
