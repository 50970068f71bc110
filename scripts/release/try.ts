import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { messageOf } from "../../src/core/error.ts";
import { targets, type Target } from "../../src/core/targets.ts";
import { version } from "../../src/core/version.ts";
import { root } from "../steps.ts";
import { programIn } from "./archived.ts";
import { misfits } from "./programs/form.ts";
import { formOf } from "./programs/read.ts";
import { makeMachine } from "./trial/machine.ts";

/**
 * Tries a release as far as a Linux machine of x64 can: `bun scripts/release/try.ts [FOLDER] [TARGET…]`, after
 * `bun scripts/release.ts build`. What is for Linux is started on a bare machine of its kind: a folder with nothing but its
 * C library and a shell, under an emulator where the processor is another (started.sh says what it has to do there); what
 * is for Windows, under Wine. Of all the format, processor, entry and signature are looked at; of macOS's these alone. Other machines' parts are fetched from
 * Debian and PyPI, once. Not in the test command: it needs these, user namespaces, and minutes.
 */
const [folder = "dist/release", ...names] = process.argv.slice(2);
const release = resolve(root, folder);
const chosen = targets.filter(({ name }) => names.length === 0 || names.includes(name));
/** what one thing may take on an emulated processor, which is ten to forty times as slow */
const waitSeconds = 120;

const lines: string[] = [];
let failures = chosen.length === 0 ? 1 : 0;
for (const target of chosen) {
  console.log(`\n── ${target.name}`);
  const begun = performance.now();
  const outcome = await tried(target).catch((error: unknown) => {
    failures += 1;
    return `FAILED: ${messageOf(error)}`;
  });
  const seconds = Math.round((performance.now() - begun) / 1000);
  lines.push(`${target.name.padEnd(20)} ${`${seconds} s`.padStart(6)}  ${outcome}`);
  console.log(lines.at(-1));
}
console.log(`\n${lines.join("\n")}`);
process.exit(failures === 0 ? 0 : 1);

/** What could be shown of the target's archive. Throws at what is wrong with it. */
async function tried(target: Target): Promise<string> {
  const program = await programIn(target, new Uint8Array(readFileSync(join(release, target.archive))));
  const form = formOf(program);
  const wrong = misfits(target, form);
  if (wrong.length > 0) throw new Error(`${wrong.join("; ")}.`);
  const seen = `${form.format} ${form.arch}, entry, ${form.loader ?? "no loader"}, signature: ${form.signature}`;
  if (target.os === "darwin") return `form: ${seen}`;
  return `started: ${await started(target, program)}; form: ${seen}`;
}

async function started(target: Target, program: Uint8Array): Promise<string> {
  const scratch = mkdtempSync(join(tmpdir(), "cord-trial-"));
  try {
    const place = join(scratch, "machine");
    mkdirSync(place);
    writeFileSync(join(scratch, target.program), program);
    const machine = await makeMachine(target, join(scratch, target.program), place);
    copyFileSync(join(import.meta.dir, "started.sh"), join(place, "started.sh"));
    const namespaces = ["--user", "--map-root-user", "--mount", "--pid", "--net", "--fork", "--kill-child"];
    const sandbox = join(import.meta.dir, "trial/sandbox.sh");
    const argv = [place, machine.cord, version, machine.foreign ?? ""];
    const child = Bun.spawn(["unshare", ...namespaces, "sh", sandbox, ...argv], {
      env: { PATH: process.env["PATH"], WAIT: String(waitSeconds) },
      stdio: ["ignore", "inherit", "inherit"],
    });
    if ((await child.exited) !== 0) throw new Error("it does not do what it has to there; see above.");
    return machine.runsOn;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
