import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { install, installClients, script, step, testTimeoutMs } from "./steps.ts";

/**
 * `npm test`: gets what is missing and runs every check and test, each check counted as one test. The last line
 * says how many passed and failed. `npm test -- FILE…` runs some test files only.
 */
const files = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "cord-test-"));
const report = join(folder, "report.xml");

const checks: [string, string[]][] = [
  ["types", script("check")],
  ["format", script("fmt", "--check")],
  ["lint", script("lint")],
  ["build", script("build")],
];

let passed = 0;
let failed = 0;

function count(ok: boolean): void {
  if (ok) passed += 1;
  else failed += 1;
}

if (!(await install())) {
  console.log("0 passed, 1 failed");
  process.exit(1);
}
// their own tests fail without them, and say so; the others need not
if (!(await installClients())) failed += 1;
for (const [title, argv] of checks) count(await step(title, argv));
const tests = [
  "test",
  "--randomize",
  "--parallel=2",
  "--timeout",
  String(testTimeoutMs),
  "--reporter=junit",
  "--reporter-outfile",
  report,
];
// the programs that are tested leave things behind in the system's temporary folder; theirs goes with this one
const ok = await step("tests", [process.execPath, ...tests, ...files], { TMPDIR: folder });
const totals = totalsOf(report);
passed += totals.tests - totals.failures - totals.skipped;
failed += totals.failures;
if (!ok && totals.failures === 0) failed += 1;
rmSync(folder, { recursive: true, force: true });
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

/** What the JUnit report counts in all. A report that is not there counts as one failure. */
function totalsOf(path: string): { tests: number; failures: number; skipped: number } {
  try {
    const head = /<testsuites[^>]*>/.exec(readFileSync(path, "utf8"))?.[0] ?? "";
    const number = (name: string) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(head)?.[1] ?? 0);
    return {
      tests: number("tests"),
      failures: number("failures") + number("errors"),
      skipped: number("skipped"),
    };
  } catch {
    return { tests: 1, failures: 1, skipped: 0 };
  }
}
