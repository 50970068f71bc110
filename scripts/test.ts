import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { install, installClients } from "./install.ts";
import { script, step } from "./steps.ts";
import { keepSeconds, testFiles } from "./test/files.ts";
import { runFiles, type Outcome } from "./test/run.ts";
import { processesOf, watchTraces } from "./test/traces.ts";

/**
 * `npm test`: gets what is missing and runs every check and test, each check counted as one test. The last line
 * says how many passed and failed. `npm test -- FILE…` runs the test files with one of these words in their path.
 * TEST_JOBS says how many files are run at once; UPDATE_SECONDS=1 notes how long each took.
 */
const words = process.argv.slice(2);
// tests wait for processes more than they compute
const jobs = Number(process.env["TEST_JOBS"]) || 2 * Math.max(2, availableParallelism());
const folder = realpathSync(mkdtempSync(join(tmpdir(), "cord-test-")));
const traces = watchTraces();
const total = { passed: 0, failed: 0 };
/** told once more at the end: what keeps only the end of a long output keeps these */
const failures: string[] = [];

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void stop());

if (!(await install())) end("0 passed, 1 failed");
// their own tests fail without them, and say so; the others need not
if (!(await installClients())) total.failed += 1;
for (const name of ["check", "fmt", "lint", "build"]) {
  const flags = name === "fmt" ? ["--check"] : [];
  count(await step(name, script(name, ...flags)));
}
await runTests();
const left = traces();
count(left.length === 0);
if (left.length > 0) console.log(`left outside of the clone: ${left.join(", ")}`);
end(`${total.passed} passed, ${total.failed} failed`);

async function runTests(): Promise<void> {
  const { files, leftOut } = testFiles(words);
  for (const [why, paths] of leftOut)
    console.log(`\n── left out on ${process.platform}, since ${why}:\n${paths.join("\n")}`);
  console.log(`\n── ${files.length} test files, ${jobs} at once`);
  if (files.length === 0) {
    console.log(`no test file has ${words.join(" or ")} in its path`);
    total.failed += 1;
  }
  const taken = new Map<string, number>();
  const onEnd = (file: string, { passed, failed, seconds }: Outcome, shown: string) => {
    taken.set(file, seconds);
    total.passed += passed;
    total.failed += failed;
    const result = failed === 0 ? `${passed} passed` : `${passed} passed, ${failed} FAILED`;
    console.log(
      `${seconds.toFixed(1).padStart(6)} s  ${file}  ${result}  (${files.length - taken.size} left)`,
    );
    if (shown !== "") console.log(`${shown}\n`);
    if (failed > 0) failures.push(`${file}\n${shown.slice(-4000)}`);
  };
  await runFiles(files, { jobs, folder, onEnd, onWait: tellRunning });
  if (process.env["UPDATE_SECONDS"] === "1" && words.length === 0) keepSeconds(taken);
}

function tellRunning(running: ReadonlyMap<string, number>): void {
  const each = [...running].map(([file, seconds]) => `${file} ${Math.round(seconds)} s`);
  console.log(`     …    ${each.join(", ")}`);
}

function count(isOk: boolean): void {
  if (isOk) total.passed += 1;
  else total.failed += 1;
}

/** Ctrl-C: what the tests have started is ended, and their folder goes. */
function stop(): void {
  for (const { pid } of processesOf(folder)) process.kill(pid, "SIGKILL");
  total.failed += 1;
  end(`${total.passed} passed, ${total.failed} failed (stopped)`);
}

function end(lastLine: string): never {
  rmSync(folder, { recursive: true, force: true });
  if (failures.length > 0) console.log(`\n── what failed\n${failures.join("\n\n")}`);
  console.log(`\n${lastLine}`);
  process.exit(total.failed === 0 && !lastLine.startsWith("0 passed") ? 0 : 1);
}
