import { describe, expect, test } from "bun:test";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { root } from "../support/source.ts";
import { startBoard, type Board } from "../support/machine/board.ts";
import { start, type Finished } from "../support/machine/command.ts";
import { until } from "../support/until.ts";

const Status = z.looseObject({
  running: z.boolean().nullable(),
  pid: z.number(),
  database: z.string(),
  vault: z.string().nullable(),
  started: z.string(),
  clients: z.number().optional(),
});

async function statusOf(board: Board): Promise<z.infer<typeof Status>> {
  const { out } = await board.cord("daemon", "status", "--json");
  return Status.parse(JSON.parse(out));
}

/** Runs the command that a refusal ends with, as a person would who pastes it into a shell. */
function followFix(board: Board, said: string): Promise<Finished> {
  const words = /: cord ([^\n]+?)\.?\n/.exec(said)?.[1];
  if (words === undefined) throw new Error(`no fix in: ${said}`);
  const cord = board.argv().map((word) => `'${word}'`);
  return start(["sh", "-c", `${cord.join(" ")} ${words}`], { cwd: board.cwd, env: board.env }).ended;
}

describe("cord daemon", () => {
  test("says what the daemon is, ends it, and says that there is none", async () => {
    await using board = await startBoard();
    const none = await board.cord("daemon", "status");
    expect(none).toMatchObject({ code: 1, out: expect.stringContaining(`No daemon runs at ${board.url}`) });
    await board.serve();
    const status = await statusOf(board);
    expect(status).toMatchObject({ running: true, started: "demand", vault: null });
    const { size } = statSync(status.database);
    const facts = { service: null, program: board.binary, database_bytes: size, update: null };
    expect(status).toMatchObject({ ...facts, program_version: expect.any(String), user: expect.any(String) });
    expect(Date.parse(String(status["started_at"]))).toBeGreaterThan(Date.now() - 3_600_000);
    expect(Number(status["memory_bytes"])).toBeGreaterThan(1_000_000);
    // the action may be left out
    const shown = await board.cord("daemon");
    expect(shown).toMatchObject({ code: 0, err: "" });
    for (const line of [
      /^daemon +pid \d+ of .+, cord \S+$/m,
      /^since +[\d-]+ [\d:]+, for /m,
      /^database .* KiB, and .* in its log\)$/m,
    ])
      expect(shown.out).toMatch(line);
    const restarted = await board.cord("daemon", "restart", "--json");
    const { pid, database } = JSON.parse(restarted.out);
    expect({ pid, database }).toEqual({ pid: expect.any(Number), database: status.database });
    const stopped = await board.cord("daemon", "stop");
    expect(stopped).toMatchObject({ code: 0, err: "", out: expect.stringContaining(`pid ${pid}`) });
    const again = await board.cord("daemon", "stop", "--json");
    expect({ code: again.code, said: JSON.parse(again.out) }).toEqual({ code: 0, said: { ended: false } });
    const log = await board.cord("daemon", "logs", "-n", "1");
    expect(log.out).toContain(`listening on ${board.url}`);
  });

  test("finds a daemon by its database, wherever it listens", async () => {
    await using board = await startBoard();
    const database = join(board.cwd, "other.db");
    const other = board.start("serve", "--addr", "127.0.0.1:0", "--db", database);
    const said = await other.says(/listening on \S+/);
    const url = /http:\S+\//.exec(said)?.[0] ?? "";
    const { out } = await board.cord("daemon", "status", "--db", database, "--json");
    expect(JSON.parse(out)).toMatchObject({ running: true, pid: other.pid, url });
    expect(await board.cord("daemon", "stop", "--db", database)).toMatchObject({ code: 0 });
    expect((await other.ended).code).toBe(0);
  });

  test("restarts it as it was, while a claim and a wait go on", async () => {
    await using board = await startBoard();
    const vault = join(board.cwd, "my vault");
    const task = JSON.parse((await board.cord("send", "work", "--json")).out);
    await board.cord("claim", task.id, "--as", "me");
    const wait = board.start("wait", "--kind", "later", "--timeout", "30");
    while ((await statusOf(board)).clients !== 1);
    const before = await statusOf(board);
    const restarted = await board.cord("daemon", "restart", "--vault", vault);
    expect(restarted).toMatchObject({ code: 0, err: "" });
    const after = await statusOf(board);
    expect(after.pid).not.toBe(before.pid);
    expect(after).toMatchObject({ database: before.database, vault, started: "hand" });
    await board.cord("daemon", "restart");
    expect(await statusOf(board)).toMatchObject({ database: before.database, vault });
    expect((await board.cord("complete", task.id, "--as", "me")).code).toBe(0);
    await board.cord("send", "found", "--kind", "later");
    expect(await wait.ended).toMatchObject({ code: 0, out: expect.stringContaining('"found"') });
  });

  test("ends one that was stopped, and leaves a process alone that only has its pid", async () => {
    await using board = await startBoard();
    await board.serve();
    const { pid, database } = await statusOf(board);
    process.kill(pid, "SIGSTOP");
    const hung = await board.cord("daemon", "status");
    expect(hung.code).toBe(1);
    expect(hung.out).toContain(`pid ${pid}`);
    expect(hung.out).toContain("cord daemon restart");
    expect(await board.cord("daemon", "stop")).toMatchObject({ code: 0 });
    expect(board.daemons()).toEqual([]);

    const bystander = start(["sleep", "60"], { cwd: board.cwd, env: board.env });
    const said = { pid: bystander.pid, startTime: "1", bootId: "x", url: board.url, database, vault: null };
    writeFileSync(`${database}.address`, JSON.stringify({ ...said, started: "demand", version: "0.1.0" }));
    expect(await board.cord("daemon", "stop")).toMatchObject({ code: 0 });
    expect(existsSync(`/proc/${bystander.pid}`)).toBe(true);
    await bystander.kill();
  });

  test("takes no empty path, which would be the current folder", async () => {
    await using board = await startBoard();
    for (const flag of ["--vault", "--db"]) {
      const refused = await board.cord("daemon", "restart", flag, "");
      expect(refused).toMatchObject({
        code: 64,
        err: `cord daemon: ${flag} is empty. It must name a path.\n`,
      });
    }
    expect(board.daemons()).toEqual([]);
  });

  test("takes no flag of another action", async () => {
    await using board = await startBoard();
    expect(await board.cord("daemon", "stop", "--vault", "x")).toMatchObject({
      code: 64,
      err: "cord daemon: cord daemon stop takes no --vault. See cord daemon --help.\n",
    });
  });
});

describe("cord serve --vault", () => {
  test("works after any other command: the daemon that runs hands over, and whoever waits goes on", async () => {
    await using board = await startBoard();
    const vault = join(board.cwd, "vault");
    await board.cord("send", "before");
    const wait = board.start("wait", "--kind", "later", "--timeout", "30");
    while ((await statusOf(board)).clients !== 1);
    const serve = board.start("serve", "--addr", new URL(board.url).host, "--vault", vault);
    await serve.says("listening on");
    while ((await statusOf(board)).clients !== 1);
    expect(await statusOf(board)).toMatchObject({ pid: serve.pid, vault, started: "hand" });
    await board.cord("send", "found", "--kind", "later");
    expect((await wait.ended).code).toBe(0);
    serve.signal("SIGTERM");
    expect((await serve.ended).code).toBe(0);
    expect(readdirSync(join(vault, "tasks"))).toHaveLength(2);
  });

  test("beside one that a person started is refused with its pid, its database, and a command that leads to it", async () => {
    await using board = await startBoard();
    const vault = join(board.cwd, "it's a vault");
    const address = new URL(board.url).host;
    const first = board.start("serve", "--addr", address);
    await first.says("listening on");
    const refused = await board.start("serve", "--addr", address, "--vault", vault).ended;
    expect(refused.code).toBe(1);
    expect(refused.err).toContain(
      `(pid ${first.pid}, started by hand) with the database ${board.env["XDG_DATA_HOME"]}/cord/cord.db`,
    );
    expect(await followFix(board, refused.err)).toMatchObject({ code: 0 });
    expect((await first.ended).code).toBe(0);
    expect(await statusOf(board)).toMatchObject({ running: true, vault });
    const again = await board.start("serve", "--addr", address, "--vault", vault).ended;
    expect(again.err).toContain("cord daemon stop");
    expect(await followFix(board, again.err)).toMatchObject({ code: 0 });
    expect((await board.cord("daemon", "status")).code).toBe(1);
  });

  test("whose database is with a daemon elsewhere is refused, and that one can be moved here", async () => {
    await using board = await startBoard();
    const first = board.start("serve", "--addr", "127.0.0.1:0");
    await first.says("listening on");
    const refused = await board.start("serve", "--addr", new URL(board.url).host).ended;
    expect(refused.code).toBe(1);
    expect(refused.err).toContain(`pid ${first.pid}`);
    expect(await followFix(board, refused.err)).toMatchObject({ code: 0 });
    expect((await first.ended).code).toBe(0);
    expect(await board.cord("daemon", "status")).toMatchObject({ code: 0 });
  });
});

describe("a command", () => {
  test("says once on stderr that CORD_VAULT or CORD_DB is not what the daemon has, with what changes it", async () => {
    await using board = await startBoard();
    await board.serve();
    const [vault, database] = [join(board.cwd, "v"), join(board.cwd, "o.db")];
    const env = { ...board.env, CORD_VAULT: "v", CORD_DB: database };
    const { out, err, code } = await start(board.argv("status", "--json"), { cwd: board.cwd, env }).ended;
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ open_runs: 0 });
    const lines = err.split("\n").filter((line) => line !== "");
    expect(lines).toHaveLength(2);
    expect(lines[0]).toStartWith(`cord: CORD_DB names ${database}, but the daemon at ${board.url}`);
    expect(lines[1]).toContain(`CORD_VAULT names ${vault}`);
    for (const line of lines) expect(await followFix(board, `${line}\n`)).toMatchObject({ code: 0 });
    const after = await start(board.argv("status"), { cwd: board.cwd, env }).ended;
    expect(after).toMatchObject({ code: 0, err: "" });
    expect(await statusOf(board)).toMatchObject({ vault, database });
  });

  test("says in one line that a daemon which it may not replace is older, with the command that replaces it, and asks it nothing that it cannot tell", async () => {
    await using board = await startBoard();
    const older = join(board.cwd, "older");
    mkdirSync(older);
    cpSync(join(root, "src"), join(older, "src"), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(older, "node_modules"));
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    writeFileSync(join(older, "package.json"), JSON.stringify({ ...manifest, version: "0.0.9" }));
    const facts = join(older, "src/core/version.ts");
    writeFileSync(facts, readFileSync(facts, "utf8").replace(/wire = \d+/, "wire = 0"));
    const argv = [process.execPath, join(older, "src/main.ts"), "serve", "--addr", new URL(board.url).host];
    const byHand = start(argv, { cwd: board.cwd, env: board.env });
    await byHand.says("listening on");
    // by a token that is not this folder's own
    board.env["CORD_TOKEN"] = board.token;
    const found = await board.cord("tasks", "--json");
    expect(found).toMatchObject({ code: 0, out: "[]\n" });
    expect(found.err).toMatch(
      /^cord: the daemon at \S+ \(pid \d+\) is version 0\.0\.9, .*: cord daemon restart --url \S+\n$/,
    );
    const refused = await board.cord("runs");
    expect(refused).toMatchObject({ code: 1, out: "" });
    expect(refused.err).toMatch(
      /\ncord runs: The cord daemon at \S+ \(pid \d+\) is older than this program, .*: cord daemon restart --url \S+\n$/,
    );
    expect(await followFix(board, found.err)).toMatchObject({ code: 0 });
    expect((await byHand.ended).code).toBe(0);
    expect((await board.cord("tasks")).err).toBe("");
    expect(await board.cord("status")).toMatchObject({ code: 0, err: "" });
  });

  test("whose daemon is killed while it starts, starts another at once", async () => {
    await using board = await startBoard();
    const command = board.start("send", "kept");
    const pid = await starting(board);
    process.kill(pid, "SIGKILL");
    expect(await command.ended).toMatchObject({ code: 0 });
    expect((await statusOf(board)).pid).not.toBe(pid);
  });

  test("that waits for another's daemon to come up starts one itself when that is killed", async () => {
    await using board = await startBoard();
    const commands = ["one", "two", "three"].map((name) => board.start("send", name));
    process.kill(await starting(board), "SIGKILL");
    for (const { ended } of commands) expect(await ended).toMatchObject({ code: 0 });
    const { out } = await board.cord("tasks", "--json");
    expect(JSON.parse(out)).toHaveLength(3);
  });
});

/** The process of a daemon that a command has just started: long before it listens. */
async function starting(board: Board): Promise<number> {
  await until("a daemon's process", () => board.daemons().length > 0, { everyMs: 1 });
  return board.daemons()[0]?.pid ?? 0;
}
