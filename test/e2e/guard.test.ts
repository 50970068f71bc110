import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { Finished } from "../support/machine/command.ts";
import { startBoard, type Board } from "../support/machine/board.ts";
import { startForeign } from "../support/network/foreign.ts";
import { stdio } from "../support/clients/stdio.ts";
import { until } from "../support/until.ts";

/** Git's pre-commit hook as `cord init --guard` writes it: the real git, beside hooks that are there already. */

interface Guarded extends Board {
  /** Runs git in a folder, as a person with these variables. */
  git(folder: string, args: readonly string[], env?: Record<string, string>): Promise<Finished>;
  /** Writes files, stages them, and tries to commit them. */
  commit(paths: readonly string[], env?: Record<string, string>, folder?: string): Promise<Finished>;
  init(...flags: string[]): Promise<Finished>;
  hook: string;
}

const identity = ["-c", "user.email=a@example.com", "-c", "user.name=A", "-c", "init.defaultBranch=main"];

async function guarded(): Promise<Guarded> {
  const board = await startBoard();
  board.program("cord", `exec '${board.binary}' "$@"`);
  const git: Guarded["git"] = async (folder, args, env = {}) => {
    const child = Bun.spawn(["git", ...identity, ...args], {
      cwd: folder,
      env: { ...board.env, ...env },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    return { code, out, err };
  };
  await git(board.cwd, ["init", "--quiet"]);
  await git(board.cwd, ["commit", "--quiet", "--allow-empty", "--message", "first"]);
  let count = 0;
  return {
    ...board,
    git,
    async commit(paths, env = {}, folder = board.cwd) {
      for (const path of paths) write(join(folder, path), `${(count += 1)}`);
      await git(folder, ["add", "--", ...paths]);
      return git(folder, ["commit", "--quiet", "--message", "next"], env);
    },
    init: (...flags) => board.cord("init", "--yes", "--no-mcp", "--no-agents", ...flags),
    hook: join(board.cwd, ".git/hooks/pre-commit"),
  };
}

function write(path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
}

const refused = (text: string) => ({ code: 1, err: expect.stringContaining(text) });
const done = expect.objectContaining({ code: 0 });

describe("the guard", () => {
  test("refuses a commit of what another has reserved, with who, until when, why and what to do", async () => {
    await using board = await guarded();
    expect(await board.init("--guard")).toMatchObject({ code: 0 });
    await board.cord("reserve", "src/api", "--why", "the API\u001b[31m", "--as", "alice");
    const { code, err } = await board.commit(["src/api/a.ts", "b.ts"], { CORD_AGENT: "bob" });
    expect(code).toBe(1);
    expect(err).toMatch(
      new RegExp(
        [
          "cord: this commit is refused. Others have reserved what it changes:",
          String.raw`  src/api/a\.ts is reserved by alice until \d\d:\d\d UTC \(for 15 min more\): "the API"`,
          String.raw`Leave these files out \(git restore --staged -- src/api/a\.ts\), ask their holders`,
          ".*",
          "To commit them all the same: CORD_GUARD=off git commit …",
        ].join("\n"),
      ),
    );
    expect(await board.git(board.cwd, ["commit", "-qm", "x"], { CORD_GUARD: "off" })).toEqual(done);
  });

  test("lets the rest go: other files, the holder's own, another work tree's, what is free again", async () => {
    await using board = await guarded();
    await board.init("--guard");
    await board.cord("reserve", "src", "--as", "alice");
    expect(await board.commit(["docs/a.md"])).toEqual(done);
    expect(await board.commit(["src/a.ts"], { CORD_AGENT: "alice" })).toEqual(done);
    const other = join(board.home, "other");
    await board.git(board.cwd, ["worktree", "add", "-q", other]);
    expect(await board.commit(["src/a.ts"], {}, other)).toEqual(done);
    expect(await board.commit(["src/a.ts"])).toMatchObject(refused("src/a.ts is reserved by alice"));
    await board.cord("unreserve", "--all", "--as", "alice");
    expect(await board.git(board.cwd, ["commit", "-qm", "x"])).toEqual(done);
    await board.startIn(other, "reserve", "src", "--as", "alice").ended;
    expect(await board.commit(["src/b.ts"], {}, other)).toMatchObject(refused("alice"));
  });

  test("looks at what is committed, whatever way: part of it, all, a removal, a new name, odd names, the first commit", async () => {
    await using board = await guarded();
    await board.commit(["src/a.ts", "src/b c\n.ts", "free.ts"]);
    await board.init("--guard");
    await board.cord("reserve", "src", "--as", "alice");
    const tried = (...args: string[]) => board.git(board.cwd, args);
    write(join(board.cwd, "src/a.ts"), "changed");
    write(join(board.cwd, "free.ts"), "changed");
    expect(await tried("commit", "-qm", "part", "free.ts")).toEqual(done);
    expect(await tried("commit", "-qam", "all")).toMatchObject(refused("src/a.ts is reserved"));
    await tried("checkout", "-q", "--", ".");
    await tried("mv", "src/a.ts", "elsewhere.ts");
    expect(await tried("commit", "-qm", "moved")).toMatchObject(refused("src/a.ts is reserved"));
    await tried("reset", "-q", "--hard");
    await tried("rm", "-q", "src/b c\n.ts");
    expect(await tried("commit", "-qm", "removed")).toMatchObject(refused("src/b c .ts is reserved"));
    await tried("reset", "-q", "--hard");
    const fresh = join(board.home, "fresh");
    await board.git(board.home, ["init", "-q", fresh]);
    await board.startIn(fresh, "init", "--guard", "--yes", "--no-mcp", "--no-agents").ended;
    await board.startIn(fresh, "reserve", "a.ts", "--as", "alice").ended;
    expect(await board.commit(["a.ts"], {}, fresh)).toMatchObject(refused("a.ts is reserved"));
  });

  test("knows a tab's own commits by its client's process", async () => {
    await using board = await guarded();
    await board.init("--guard");
    await using _ = await stdio(board);
    await until(
      "the tab",
      async () => (await board.client.call("tabs/whose", { pids: [process.pid] })) !== null,
    );
    await board.cord("reserve", "src");
    expect(await board.commit(["src/a.ts"])).toEqual(done);
    expect(await board.commit(["src/a.ts"], { CORD_AGENT: "bob" })).toMatchObject(refused("is reserved"));
  });

  test("goes by [tabs]: with reservations off it says nothing; what is shared keeps nobody away", async () => {
    await using board = await guarded();
    await board.init("--guard");
    await board.cord("reserve", "shared", "--shared", "--as", "alice");
    expect(await board.commit(["shared/a.ts"])).toEqual(done);
    await board.cord("reserve", "src", "--as", "alice");
    write(join(board.cwd, ".cord/config.toml"), '[tabs]\nreservations = "off"\n');
    expect(await board.commit(["src/a.ts"])).toEqual(done);
  });

  test("says so where there are more files than it looks at", async () => {
    await using board = await guarded();
    await board.init("--guard");
    await board.cord("reserve", "zone", "--as", "alice");
    const { out } = await board.git(board.cwd, ["hash-object", "-w", "/dev/null"]);
    const entries = Array.from({ length: 20_001 }, (_, at) => `100644 ${out.trim()}\tmany/${at}\n`);
    write(join(board.cwd, "index.txt"), entries.join(""));
    await board.git(board.cwd, ["-c", "alias.take=!git update-index --index-info < index.txt", "take"]);
    expect(await board.git(board.cwd, ["commit", "--quiet", "--message", "many"])).toMatchObject({
      code: 0,
      err: expect.stringContaining("of 1 of these files it is not known who holds them"),
    });
  });

  test("never holds a commit up for trouble of cord's own", async () => {
    await using board = await guarded();
    await board.init("--guard");
    await board.cord("reserve", "src", "--as", "alice");
    await board.killDaemon();
    expect(await board.commit(["src/a.ts"])).toEqual({ code: 0, out: "", err: "" });
    expect(board.daemons()).toEqual([]);
    using foreign = startForeign({});
    expect(await board.commit(["src/b.ts"], { CORD_URL: foreign.url })).toMatchObject({
      code: 0,
      err: expect.stringMatching(
        /^cord: it is not known who holds these files \(.*\)\. The commit goes on\.\n$/,
      ),
    });
    for (const script of ["exit 64", "exit 70", "kill -9 $$"]) {
      board.program("cord", script);
      expect(await board.commit(["src/c.ts"])).toEqual(done);
    }
    rmSync(join(board.bin, "cord"));
    expect(await board.commit(["src/d.ts"])).toEqual(done);
  });
});

describe("cord init --guard", () => {
  const shell =
    "#!/bin/bash -e\nset -u\necho theirs >> ran\ngit diff --cached --quiet -- bad && exit 0\nexit 3\n";

  test("leaves a shell's hook as it is beside its own lines, and takes them out again", async () => {
    await using board = await guarded();
    write(board.hook, shell, 0o700);
    expect(await board.init("--guard")).toMatchObject({ code: 0 });
    expect(await board.init("--guard", "--check")).toMatchObject({ code: 0 });
    await board.cord("reserve", "src", "--as", "alice");
    expect(await board.commit(["src/a.ts"])).toMatchObject(refused("is reserved"));
    await board.git(board.cwd, ["reset", "-q"]);
    expect(existsSync(join(board.cwd, "ran"))).toBe(false);
    expect(await board.commit(["fine"])).toEqual(done);
    expect((await board.commit(["bad"])).code).not.toBe(0);
    expect(readFileSync(join(board.cwd, "ran"), "utf8")).toBe("theirs\ntheirs\n");
    expect(await board.cord("init", "--yes", "--remove")).toMatchObject({ code: 0 });
    expect(readFileSync(board.hook, "utf8")).toBe(shell);
    expect(statSync(board.hook).mode & 0o777).toBe(0o700);
  });

  test("calls a hook in any other language, and puts it back", async () => {
    await using board = await guarded();
    const other = `#!${process.execPath}\nimport { appendFileSync } from "node:fs";\nappendFileSync("ran", "theirs\\n");\n`;
    write(board.hook, other, 0o755);
    expect(await board.init("--guard")).toMatchObject({ code: 0 });
    await board.cord("reserve", "src", "--as", "alice");
    expect(await board.commit(["fine"])).toEqual(done);
    expect(readFileSync(join(board.cwd, "ran"), "utf8")).toBe("theirs\n");
    expect(await board.commit(["src/a.ts"])).toMatchObject(refused("is reserved"));
    expect(await board.cord("init", "--yes", "--remove")).toMatchObject({ code: 0 });
    expect(readFileSync(board.hook, "utf8")).toBe(other);
    expect(existsSync(`${board.hook}.before-cord`)).toBe(false);
  });

  test("calls a program or a link, and leaves off what is switched off", async () => {
    await using board = await guarded();
    copyFileSync("/bin/false", board.hook);
    chmodSync(board.hook, 0o755);
    await board.init("--guard");
    expect((await board.commit(["a"])).code).not.toBe(0);
    await board.cord("init", "--yes", "--remove");
    expect(readFileSync(board.hook).equals(readFileSync("/bin/false"))).toBe(true);

    write(join(board.cwd, "tools/check"), "#!/bin/sh\necho linked >> ran\n", 0o755);
    rmSync(board.hook);
    symlinkSync("../../tools/check", board.hook);
    await board.init("--guard");
    expect(await board.commit(["b"])).toEqual(done);
    expect(readFileSync(join(board.cwd, "ran"), "utf8")).toBe("linked\n");
    await board.cord("init", "--yes", "--remove");
    expect(lstatSync(board.hook).isSymbolicLink()).toBe(true);

    rmSync(board.hook);
    write(board.hook, "#!/bin/sh\nexit 9\n", 0o644);
    await board.init("--guard");
    expect(await board.commit(["c"])).toEqual(done);
    await board.cord("reserve", "src", "--as", "alice");
    expect(await board.commit(["src/a.ts"])).toMatchObject(refused("is reserved"));
    await board.cord("init", "--yes", "--remove");
    expect(statSync(board.hook).mode & 0o777).toBe(0o644);
  });

  test("makes a hook where there is none, from any folder and work tree, and takes it away whole", async () => {
    await using board = await guarded();
    const other = join(board.home, "other");
    await board.git(board.cwd, ["worktree", "add", "-q", other]);
    rmSync(dirname(board.hook), { recursive: true, force: true });
    mkdirSync(join(other, "deep"));
    const guard = ["init", "--guard", "--yes", "--no-mcp", "--no-agents"];
    expect(await board.startIn(join(other, "deep"), ...guard).ended).toMatchObject({ code: 0 });
    expect(statSync(board.hook).mode & 0o111).not.toBe(0);
    await board.cord("reserve", "src", "--as", "alice");
    expect(await board.commit(["src/a.ts"])).toMatchObject(refused("is reserved"));
    expect(await board.cord("init", "--yes", "--remove")).toMatchObject({ code: 0 });
    expect(existsSync(board.hook)).toBe(false);
  });

  test("writes where core.hooksPath leads in the repository, and where husky runs its own", async () => {
    await using board = await guarded();
    await board.git(board.cwd, ["config", "core.hooksPath", ".githooks"]);
    write(join(board.cwd, ".githooks/pre-commit"), shell, 0o755);
    await board.init("--guard");
    await board.cord("reserve", "src", "--as", "alice");
    expect(await board.commit(["src/a.ts"])).toMatchObject(refused("is reserved"));
    expect(await board.cord("init", "--yes", "--remove")).toMatchObject({ code: 0 });
    expect(readFileSync(join(board.cwd, ".githooks/pre-commit"), "utf8")).toBe(shell);

    await board.git(board.cwd, ["config", "core.hooksPath", ".husky/_"]);
    write(join(board.cwd, ".husky/_/h"), "");
    write(
      join(board.cwd, ".husky/_/pre-commit"),
      '#!/bin/sh\nsh -e "$(dirname "$0")/../pre-commit" "$@"\n',
      0o755,
    );
    write(join(board.cwd, ".husky/pre-commit"), "echo husky >> ran\n");
    await board.init("--guard");
    expect(await board.git(board.cwd, ["commit", "-qm", "x"])).toMatchObject(refused("is reserved"));
    await board.git(board.cwd, ["reset", "-q"]);
    expect(await board.commit(["fine"])).toEqual(done);
    expect(readFileSync(join(board.cwd, "ran"), "utf8")).toBe("husky\n");
    await board.cord("init", "--yes", "--remove");
    expect(readFileSync(join(board.cwd, ".husky/pre-commit"), "utf8")).toBe("echo husky >> ran\n");
  });

  test("leaves hooks of all repositories alone, and says what to do by hand", async () => {
    await using board = await guarded();
    write(join(board.home, ".gitconfig"), `[core]\n\thooksPath = ${board.home}/hooks\n`);
    const all = await board.init("--guard");
    expect(all.code).toBe(1);
    expect(all.out).toContain("the hooks of all your repositories");
    expect(all.out).toContain("cord hook git-pre-commit </dev/null");
    rmSync(join(board.home, ".gitconfig"));
    await board.git(board.cwd, ["config", "core.hooksPath", join(board.home, "elsewhere")]);
    expect(await board.init("--guard")).toMatchObject({
      code: 1,
      out: expect.stringContaining("its hooks lie elsewhere"),
    });
    const none = join(board.home, "none");
    mkdirSync(none);
    const guard = ["init", "--guard", "--yes", "--no-mcp", "--no-agents"];
    expect(await board.startIn(none, ...guard).ended).toMatchObject({
      code: 1,
      out: expect.stringContaining("no work tree of a git repository"),
    });
  });

  test("shows what it would do, and misses it at --check once something else has replaced it", async () => {
    await using board = await guarded();
    const planned = await board.init("--guard", "--dry-run");
    expect(planned).toMatchObject({
      code: 0,
      out: expect.stringContaining("+   cord hook git-pre-commit </dev/null"),
    });
    expect(existsSync(board.hook)).toBe(false);
    expect(await board.init("--guard", "--check")).toMatchObject({ code: 1 });
    await board.init("--guard");
    const check = () => board.cord("init", "--check", "--no-mcp");
    expect((await check()).out).toContain("in place  .git/hooks/pre-commit");
    renameSync(board.hook, `${board.hook}.old`);
    expect((await check()).out).toContain("missing   .git/hooks/pre-commit");
  });
});
