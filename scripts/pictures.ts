import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPane, type Pane } from "../test/support/terminal/pane.ts";
import { freePort } from "../test/support/machine/free-port.ts";
import { svgOf } from "./pictures/svg.ts";
import { openTab } from "./pictures/tab.ts";
import { root } from "./steps.ts";

/**
 * The pictures of the README: `bun scripts/pictures.ts` draws docs/pictures/run.svg and docs/pictures/top.svg anew. What is on
 * them is what dist/cord shows in a terminal: a run in rehearsal, and `cord top` beside tabs that are bridged by the real
 * `cord mcp`, though no agent sits in them. Times and ids differ from one call to the next.
 */

const cord = join(root, "dist/cord");
const folder = mkdtempSync(join(tmpdir(), "cord-"));
const shop = join(folder, "shop");
const env = {
  PATH: process.env["PATH"] ?? "",
  HOME: folder,
  XDG_DATA_HOME: join(folder, "data"),
  CORD_URL: `http://127.0.0.1:${await freePort()}/`,
  LANG: "C.UTF-8",
};
const at = { cwd: shop, env };
const [runColumns, topColumns] = [104, 130];

try {
  mkdirSync(shop);
  mkdirSync(join(root, "docs/pictures"), { recursive: true });
  copyFileSync(join(root, "scripts/pictures/checkout.md"), join(shop, "checkout.md"));
  await takeAll();
} finally {
  await run("daemon", "stop").catch(() => {});
  rmSync(folder, { recursive: true, force: true });
}

async function takeAll(): Promise<void> {
  const tabs = await openTabs();
  try {
    await takeBoth();
  } finally {
    // a tab that is open would have the daemon started again
    for (const tab of tabs) await tab.close();
  }
}

async function takeBoth(): Promise<void> {
  const slowly = { ...env, CORD_REHEARSAL_MS: "1500" };
  await using live = await openPane([cord, "run", "checkout.md", "--rehearse", "--jobs", "2"], {
    cwd: shop,
    env: slowly,
    width: runColumns,
    height: 24,
  });
  await live.until((screen) => screen.includes("Keep refunds"));
  await live.until((screen) => (screen.match(/✓/g) ?? []).length >= 2);
  await using top = await openPane([cord, "top"], { ...at, width: topColumns, height: 34 });
  await top.until((screen) => screen.includes("Keep refunds") && screen.includes("● release"));
  take("run", live, {
    title: "cord run, live",
    description:
      "The tree of a run in rehearsal: what is complete, what agents work on, and a question to its person.",
    caption: "cord run checkout.md --rehearse",
    columns: runColumns,
  });
  take("top", top, {
    title: "cord top, live",
    description:
      "The board of a project: open tabs of several agents' programs, tasks with who has them, and the nodes of a run.",
    caption: "cord top",
    columns: topColumns,
  });
}

/** Three tabs and a shell, with work of their own. */
async function openTabs() {
  await run(
    "send",
    "Checkout: a pending payment is shown as failed",
    "--kind",
    "bug",
    "--priority",
    "urgent",
  );
  await run("send", "Prepare v1.2", "--kind", "feature", "--priority", "high");
  await run("send", "Search: umlauts find nothing", "--kind", "bug");
  await run("send", "Prices have four decimals since March", "--kind", "knowledge");
  await run("send", "Port the login fix to v1.1", "--kind", "task");
  await run("claim", "5", "--as", "ada");
  await run("complete", "5", "--as", "ada", "--result", '{"commit":"4f2c1a9"}', "--ack", "v1.1 stable");
  const release = await openTab([cord, "mcp"], {
    ...at,
    handle: "release",
    client: ["claude-code", "2.1.332"],
  });
  const hotfix = await openTab([cord, "mcp"], {
    ...at,
    handle: "hotfix",
    client: ["codex-mcp-client", "0.169.0"],
  });
  const search = await openTab([cord, "mcp"], {
    ...at,
    handle: "search",
    client: ["cursor-vscode", "2.4.0"],
  });
  await release.call("tasks_claim", { id: await idOf(2) });
  await hotfix.call("tasks_claim", { id: await idOf(1) });
  await hotfix.call("messages_send", {
    to: "release",
    text: "The fix of the checkout goes into v1.2, too",
  });
  await search.call("tasks_watch", { kind: "ack", name_contains: "v1.2 stable" });
  return [release, hotfix, search];
}

async function idOf(number: number): Promise<string> {
  const task: unknown = JSON.parse(await run("show", String(number), "--json"));
  if (typeof task !== "object" || task === null || !("id" in task))
    throw new Error(`cord show ${number} shows no task.`);
  return String(task.id);
}

/** A command to its end; what it printed. Throws what it complained of. */
async function run(...args: string[]): Promise<string> {
  const child = Bun.spawn([cord, ...args], { ...at, stdio: ["ignore", "pipe", "pipe"] });
  const [out, complaint, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (code !== 0) throw new Error(complaint);
  return out;
}

function take(
  name: string,
  pane: Pane,
  picture: { title: string; description: string; caption: string; columns: number },
): void {
  const rows = pane.pieces();
  const last = rows.findLastIndex((pieces) => pieces.length > 0);
  writeFileSync(
    join(root, `docs/pictures/${name}.svg`),
    svgOf({ ...picture, rows: rows.slice(0, last + 1) }),
  );
  console.log(`docs/pictures/${name}.svg`);
}
