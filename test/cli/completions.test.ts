import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bashScript } from "../../src/cli/completions/bash.ts";
import { fishScript } from "../../src/cli/completions/fish.ts";
import { wordsOfCommands, type CommandWords } from "../../src/cli/completions/words.ts";
import { zshScript } from "../../src/cli/completions/zsh.ts";
import { commands } from "../../src/cli/commands.ts";
import { cordBinary } from "../support/machine/binary.ts";
import { startBoard } from "../support/machine/board.ts";
import { temporaryDirectory } from "../support/machine/temporary.ts";
import { until } from "../support/until.ts";
import { runOptions } from "../support/run-options.ts";

const folder = temporaryDirectory("completions");
let words: CommandWords[];

beforeAll(async () => {
  words = await wordsOfCommands(commands);
  writeFileSync(join(folder, "cord.bash"), bashScript(words));
  writeFileSync(join(folder, "plan one.md"), "");
  mkdirSync(join(folder, "plans"));
  mkdirSync(join(folder, "bin"));
  // the binary: an answer has to come within a tenth of a second
  const binary = await cordBinary();
  writeFileSync(join(folder, "bin/cord"), `#!/bin/sh\nexec '${binary}' "$@"\n`, { mode: 0o755 });
});

const board = await startBoard();
afterAll(() => board[Symbol.asyncDispose]());

/** What a real bash completes, when Tab is pressed behind the last of these words. The cord that it asks is that of the board. */
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

/** As inBash, again and again until there is something: on a busy machine the time for an answer may be over. */
async function asked(...line: string[]): Promise<string[]> {
  let words: string[] = [];
  await until("words", async () => (words = await inBash(...line)).length > 0);
  return words;
}

async function ran(
  argv: string[],
  cwd = folder,
  { env: own } = board,
): Promise<{ stdout: string; stderr: string; exitCode: number }> {
  const env = { ...own, PATH: `${folder}/bin:${own["PATH"] ?? ""}` };
  const child = Bun.spawn(argv, { cwd, env, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr, exitCode] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
    child.exited,
  ]);
  return { stdout, stderr, exitCode };
}

describe("in bash", () => {
  test("the first word is a command of the table", async () => {
    expect(await inBash("cord", "")).toEqual([...commands.keys(), "help"]);
    expect(await inBash("cord", "-")).toEqual(["--help", "--version"]);
    expect(await inBash("cord", "ru")).toEqual(["run", "runs"]);
  });

  test("a flag is one of that command's own", async () => {
    expect(await inBash("cord", "run", "--re")).toEqual(["--returns", "--rehearse", "--resume"]);
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

  test("no hyphen is put in where none was typed", async () => {
    for (const name of commands.keys())
      for (const words of [[""], ["x", ""], ["x", "y", ""]]) {
        const offered = await inBash("cord", name, ...words);
        expect({ name, offered: offered.filter((word) => word.startsWith("-")) }).toEqual({
          name,
          offered: [],
        });
      }
  });

  test("help is followed by a command, and completions by a shell", async () => {
    expect(await inBash("cord", "help", "her")).toEqual([]);
    expect(await inBash("cord", "help", "hea")).toEqual(["heartbeat"]);
    expect(await inBash("cord", "completions", "")).toEqual(["bash", "zsh", "fish"]);
  });
});

describe("what the daemon knows", () => {
  test("is offered once it is there, and no daemon is started for it: tasks a command takes, kinds, agents, runs and nodes; and nothing that a shell would run", async () => {
    expect(await inBash("cord", "claim", "")).toEqual([]);
    expect(await inBash("cord", "tasks", "--kind", "kn")).toEqual(["knowledge"]);
    expect(await inBash("cord", "tasks", "--state", "pending,c")).toEqual([
      "pending,claimed",
      "pending,completed",
      "pending,cancelled",
    ]);
    expect(await fetch(`${board.url}healthz`).catch(() => null)).toBeNull();

    await board.serve();
    const send = (name: string, kind: string) =>
      board.client.call("tasks/send", { name, kind, project: folder });
    const open = await send("open", "chore");
    const held = await send("$(touch owned)", "$(touch owned)");
    const blocked = { name: "blocked", kind: "chore", needs: [open.id], project: folder };
    await board.client.call("tasks/send", blocked);
    await board.client.call("tasks/claim", { id: held.id, agentId: "hotfix-v1.1" });
    await board.client.call("agents/heartbeat", { id: "`touch owned`", name: "mallory", project: folder });
    expect(await asked("cord", "claim", open.id.slice(0, 8))).toEqual([open.id.slice(0, 13)]);
    expect(await asked("cord", "complete", held.id.slice(0, 8))).toEqual([held.id.slice(0, 13)]);
    expect(await asked("cord", "claim", "")).toEqual(["1"]);
    expect(await asked("cord", "tasks", "--kind", "task,ch")).toEqual(["task,chore"]);
    expect(await asked("cord", "claim", "x", "--as", "")).toEqual(["hotfix-v1.1"]);
    expect(await asked("cord", "poke", "")).toEqual(["hotfix-v1.1"]);
    const message = { name: "hi", kind: "message", to: "hotfix-v1.1", project: folder };
    const { number } = await board.client.call("tasks/send", message);
    for (const words of [["reply"], ["inbox", "--ack"]])
      expect(await asked("cord", ...words, "")).toEqual([String(number)]);
    expect(await inBash("cord", "claim", "--as", "=", "bob", "--lease", "9", "x", "")).toEqual([]);
    expect(await inBash("cord", "tasks", "--kind", "")).not.toContain(expect.stringContaining("touch"));
    expect(existsSync(join(folder, "owned"))).toBe(false);

    const { run_id } = await board.client.call("runs/create", { goal: "grow", project: folder, options });
    expect(await asked("cord", "logs", "")).toEqual(["1"]);
    expect(await asked("cord", "tree", "")).toEqual([run_id.slice(0, 13)]);
    expect(await asked("cord", "run", "--resume", "")).toEqual([run_id.slice(0, 13)]);
  });

  test.skipIf(Bun.which("fish") === null)("is offered in fish too, with what it stands for", async () => {
    await using harbour = await startBoard();
    await harbour.serve();
    const sea = temporaryDirectory("sea");
    const { number } = await harbour.client.call("tasks/send", { name: "catch", project: sea });
    writeFileSync(join(sea, "cord.fish"), fishScript(words));
    const script = 'source ./cord.fish; complete -C "cord claim "; complete -C "cord status "';
    const offered = `${number}\tcatch\n`;
    await until(
      "words",
      async () => (await ran(["fish", "--no-config", "-c", script], sea, harbour)).stdout === offered,
    );
  });

  test("is nothing where something answers that is no daemon, or that never does", async () => {
    const silent = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const question = board.argv("complete-words", "task", "claim", "");
    const env = { ...board.env, CORD_URL: `http://127.0.0.1:${silent.port}/` };
    const { stdout, exitCode } = Bun.spawnSync(question, { env, cwd: folder });
    expect({ said: stdout.toString(), exitCode }).toEqual({ said: "", exitCode: 0 });
    silent.stop(true);
  });
});

const options = { ...runOptions, agent: "rehearsal" };

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
