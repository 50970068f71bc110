import { beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bashScript } from "../../src/cli/completions/bash.ts";
import { fishScript } from "../../src/cli/completions/fish.ts";
import { wordsOfCommands, type CommandWords } from "../../src/cli/completions/words.ts";
import { zshScript } from "../../src/cli/completions/zsh.ts";
import { commands } from "../../src/cli/commands.ts";
import { temporaryDirectory } from "../support/temporary.ts";

const folder = temporaryDirectory("completions");
let words: CommandWords[];

beforeAll(async () => {
  words = await wordsOfCommands();
  writeFileSync(join(folder, "cord.bash"), bashScript(words));
  writeFileSync(join(folder, "plan one.md"), "");
  mkdirSync(join(folder, "plans"));
});

/** What a real bash completes, when Tab is pressed behind the last of these words. */
async function inBash(...line: string[]): Promise<string[]> {
  const script = `
    source ./cord.bash
    complete -p cord >/dev/null || exit 1
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _cord
    [ "\${#COMPREPLY[@]}" -eq 0 ] || printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, exitCode } = await ran(["bash", "--norc", "-c", script, "bash", ...line]);
  expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
  return stdout.split("\n").filter((word) => word !== "");
}

async function ran(argv: string[]): Promise<{ stdout: string; stderr: string; exitCode: number }> {
  const child = Bun.spawn(argv, { cwd: folder, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr, exitCode] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
    child.exited,
  ]);
  return { stdout, stderr, exitCode };
}

describe("in bash", () => {
  test("the first word is a command of the table", async () => {
    const all = await inBash("cord", "");
    expect(all).toEqual([...commands.keys(), "help", "--help", "--version"]);
    expect(await inBash("cord", "ru")).toEqual(["run", "runs"]);
  });

  test("a flag is one of that command's own", async () => {
    expect(await inBash("cord", "run", "--re")).toEqual(["--rehearse", "--resume"]);
    expect(await inBash("cord", "status", "--re")).toEqual([]);
    expect(await inBash("cord", "logs", "4", "-")).toContain("--follow");
  });

  test("a flag that knows its values offers them, behind a space and behind an equals sign", async () => {
    expect(await inBash("cord", "run", "--permission-mode", "a")).toEqual(["acceptEdits", "auto"]);
    expect(await inBash("cord", "run", "--permission-mode", "=", "a")).toEqual(["acceptEdits", "auto"]);
    expect(await inBash("cord", "run", "--permission-mode", "=")).toContain("plan");
  });

  test("nothing is offered for a value that only a person knows", async () => {
    expect(await inBash("cord", "run", "--budget", "")).toEqual([]);
  });

  test("a plan is a file, spaces and all, and a project's folder a folder", async () => {
    expect(await inBash("cord", "run", "pl")).toEqual(expect.arrayContaining(["plan one.md", "plans"]));
    expect(await inBash("cord", "init", "pl")).toEqual(["plans"]);
    expect(await inBash("cord", "serve", "--db", "pl")).toContain("plan one.md");
  });

  test("help is followed by a command, and completions by a shell", async () => {
    expect(await inBash("cord", "help", "her")).toEqual([]);
    expect(await inBash("cord", "help", "hea")).toEqual(["heartbeat"]);
    expect(await inBash("cord", "completions", "")).toEqual(["bash", "zsh", "fish"]);
  });
});

const shells = [
  ["bash", ["-n"], bashScript],
  ["zsh", ["-n"], zshScript],
  ["fish", ["--no-execute"], fishScript],
] as const;

for (const [shell, flags, scriptOf] of shells) {
  // as far as the machine has the shell; CI's macOS has zsh
  test.skipIf(Bun.which(shell) === null)(`${shell} finds no fault with the script`, async () => {
    const file = join(folder, `syntax.${shell}`);
    writeFileSync(file, scriptOf(words));
    expect(await ran([shell, ...flags, file])).toEqual({ stdout: "", stderr: "", exitCode: 0 });
  });

  test(`the ${shell} script names every command, and every flag of cord run`, () => {
    const script = scriptOf(words);
    for (const { name, flags } of words) {
      expect(script).toContain(name);
      if (name === "run")
        for (const { names } of flags) expect(script).toContain(names[0].replace(/^--/, ""));
    }
  });
}
