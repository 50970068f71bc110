import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root, testTimeoutMs } from "../steps.ts";
import { processesOf } from "./traces.ts";

/** What a test file came to. */
export interface Outcome {
  passed: number;
  failed: number;
  seconds: number;
}

interface RunOptions {
  /** how many files are run at once, each in a process of its own */
  jobs: number;
  /** for all that the tests put into the temporary directory */
  folder: string;
  /** called with what a file came to, and what is to be shown of it */
  onEnd(file: string, outcome: Outcome, shown: string): void;
  /** called when nothing has ended for a while, with what runs and for how many seconds */
  onWait(running: ReadonlyMap<string, number>): void;
}

const quietMs = 20_000;

/** Runs the files in their order. Resolves when the last has ended. */
export async function runFiles(
  files: readonly string[],
  { jobs, folder, onEnd, onWait }: RunOptions,
): Promise<void> {
  const waiting = [...files.entries()];
  const begun = new Map<string, number>();
  let lastWord = performance.now();
  const timer = setInterval(() => {
    if (performance.now() - lastWord < quietMs) return;
    lastWord = performance.now();
    onWait(new Map([...begun].map(([file, at]) => [file, secondsSince(at)])));
  }, 1000);
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [number, file] = next;
      begun.set(file, performance.now());
      const { outcome, shown } = await runFile(file, join(folder, String(number)));
      begun.delete(file);
      lastWord = performance.now();
      onEnd(file, outcome, shown);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  clearInterval(timer);
}

async function runFile(file: string, folder: string): Promise<{ outcome: Outcome; shown: string }> {
  mkdirSync(folder);
  const start = performance.now();
  const report = `${folder}.xml`;
  const flags = ["--randomize", "--only-failures", "--timeout", String(testTimeoutMs)];
  const junit = ["--reporter=junit", "--reporter-outfile", report];
  const child = Bun.spawn([process.execPath, "test", ...flags, ...junit, `./${file}`], {
    cwd: root,
    // what the programs that are tested leave in the system's temporary directory goes with this one
    env: { ...process.env, TMPDIR: folder, TMP: folder, TEMP: folder },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const said = Promise.all([child.stdout.text(), child.stderr.text()]);
  const code = await child.exited;
  // what it leaves behind may hold its output open
  const left = await leftBy(folder);
  const [out, err] = await said;
  const counted = countsOf(report);
  const unnamed = code !== 0 && counted.failed === 0 ? 1 : 0;
  const failed = counted.failed + unnamed + left.length;
  rmSync(folder, { recursive: true, force: true });
  const shown = [out, err, ...left.map((command) => `left behind: ${command}`)].join("\n").trim();
  return {
    outcome: { passed: counted.passed, failed, seconds: secondsSince(start) },
    shown: failed === 0 ? "" : shown,
  };
}

const endMs = 10_000;

/** The processes of a file that outlive it, which are then killed; one that is just ending is given the time to. */
async function leftBy(folder: string): Promise<string[]> {
  const deadline = performance.now() + endMs;
  while (processesOf(folder).length > 0 && performance.now() < deadline) await Bun.sleep(50);
  const left = processesOf(folder);
  for (const { pid } of left) process.kill(pid, "SIGKILL");
  return left.map(({ pid, command }) => `${pid} ${command.slice(0, 200)}`);
}

/** What the JUnit report counts in all. Without a report nothing is counted: the exit code says that it failed. */
function countsOf(report: string): { passed: number; failed: number } {
  const head = /<testsuites[^>]*>/.exec(textOf(report))?.[0] ?? "";
  const number = (name: string) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(head)?.[1] ?? 0);
  const failed = number("failures") + number("errors");
  return { passed: number("tests") - failed - number("skipped"), failed };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function secondsSince(start: number): number {
  return (performance.now() - start) / 1000;
}
