import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cordBinary } from "../support/machine/binary.ts";
import { start, type Running } from "../support/machine/command.ts";
import { temporaryDirectory } from "../support/machine/temporary.ts";
import { openPane } from "../support/terminal/pane.ts";
import { until } from "../support/until.ts";

/** scripts/demo.sh, on the compiled binary. */

const demoScript = join(import.meta.dirname, "../../scripts/demo.sh");
const binary = await cordBinary();
const taskNames = Array.from({ length: 12 }, (_, index) => `migrate table ${index + 1}`);

test("three shells do a dozen tasks, each once, and a tab that waits goes on when another has fixed the bug", async () => {
  const { running, folder } = demo();
  const { code, out, err } = await running.ended;
  expect({ code, err }).toEqual({ code: 0, err: "" });

  const done = [...out.matchAll(/^ {2}(\w+): (migrate table \d+)$/gm)];
  expect(done.map(([, , task]) => task ?? "").toSorted()).toEqual(taskNames.toSorted());
  const workers = new Set(done.map(([, worker]) => worker ?? ""));
  expect(["ann", "ben", "cleo"]).toEqual(expect.arrayContaining([...workers]));
  const counted = [...out.matchAll(/^\w+ did (\d+) and was too late for \d+$/gm)];
  expect(counted.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(12);

  expect(out).toMatch(/│cord top • \d+ active/);
  expect(out).toMatch(/^│tasks: .* \/ 12 total/m);

  expect(out.split("\n").filter((line) => line.startsWith("tab "))).toEqual([
    "tab A: I prepare v1.2, and wait until v1.1 is stable",
    "tab B: the tests of v1.1 are red; I claim the bug",
    "tab B: fixed; tab A still waits",
    "tab B: the tests are green; I complete the bug, and say so in the same breath",
    'tab A: "v1.1 stable" landed; I ship v1.2',
  ]);
  expect(out).toEndWith("✓ 12 tasks done, each once; v1.2 shipped after v1.1 was stable\n");
  expect(await left(folder)).toEqual([]);
});

test("Ctrl-C in the middle leaves no process and no file behind", async () => {
  const { running, folder } = demo();
  await until("a task is done", () => running.out().includes("migrate table") || over(running));
  expect(await left(folder)).toContainEqual(expect.stringMatching(/cord serve --addr/));
  running.signal("SIGINT");
  expect((await running.ended).code).toBe(130);
  expect(await left(folder)).toEqual([]);
});

test("on a terminal it shows cord top beside what happens, and says it all again at the end", async () => {
  const folder = temporaryDirectory("demo");
  await using pane = await openPane(["bash", demoScript], {
    cwd: folder,
    env: env(folder),
    width: 100,
    height: 40,
  });
  const shown = await pane.shows("did ");
  expect(shown).toContain("cord top • ");
  await pane.shows("tab B");
  const { code, screen } = await pane.ended();
  expect(code).toBe(0);
  expect(screen).toContain("✓ 12 tasks done, each once; v1.2 shipped after v1.1 was stable");
  expect(await left(folder)).toEqual([]);
});

function demo(): { running: Running; folder: string } {
  const folder = temporaryDirectory("demo");
  return { running: start(["bash", demoScript], { cwd: folder, env: env(folder) }), folder };
}

function env(folder: string): Record<string, string> {
  return { PATH: process.env["PATH"] ?? "", HOME: folder, TMPDIR: folder, CORD: binary, LANG: "C.UTF-8" };
}

function over(running: Running): Promise<boolean> {
  return Promise.race([running.ended.then(() => true), Promise.resolve(false)]);
}

/** What is still in the folder, and what still runs with it in its environment. */
async function left(folder: string): Promise<string[]> {
  const home = join(folder, "cord-demo.");
  const running = readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => told(pid, "environ").includes(home) || told(pid, "cmdline").includes(home))
    .map((pid) => told(pid, "cmdline").replaceAll("\0", " "));
  return [...readdirSync(folder), ...running];
}

/** What /proc tells of a process; nothing of one that is gone. */
function told(pid: string, file: "environ" | "cmdline"): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch {
    return "";
  }
}
