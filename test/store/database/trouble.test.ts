import { Database } from "bun:sqlite";
import { afterAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { openSqlite } from "../../../src/store/database/sqlite.ts";
import { troubleOf } from "../../../src/store/database/trouble.ts";
import { cordBinary } from "../../support/machine/binary.ts";
import { start, type Running } from "../../support/machine/command.ts";
import { daemonHere, daemonProcess, type TestDaemon } from "../../support/machine/daemon.ts";
import { temporaryDirectory } from "../../support/machine/temporary.ts";
import { until } from "../../support/until.ts";
import { expectMode } from "../../support/expect-mode.ts";

const mounted: string[] = [];
afterAll(() => {
  for (const folder of mounted) Bun.spawnSync(["umount", "-l", folder]);
});

/** A file system of its own of so many megabytes; null where that may not be made. */
function smallDisk(megabytes: number): string | null {
  const folder = temporaryDirectory("disk");
  const { exitCode } = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", `size=${megabytes}m`, "none", folder], {
    stderr: "ignore",
  });
  if (exitCode !== 0) return null;
  mounted.push(folder);
  return folder;
}

const disk = smallDisk(3);

const send = (daemon: TestDaemon, name: string, payload: unknown = null) =>
  daemon.rpc("tasks/send", { name, payload });
const codeOf = async (answer: ReturnType<TestDaemon["rpc"]>) => (await answer).error?.data.code;

describe("a daemon whose disk", () => {
  test.skipIf(disk === null)(
    "is full says so, still reads, loses nothing, and goes on once there is space (needs mount)",
    async () => {
      const database = join(disk ?? "", "cord.db");
      // what a person would delete later: without it the space that is left depends on the size of a task
      writeFileSync(join(disk ?? "", "spare"), Buffer.alloc(256 * 1024));
      await using daemon = await daemonProcess({ database });
      const kept: string[] = [];
      for (let index = 0; index < 20; index += 1) {
        const answer = await send(daemon, `task ${index}`, "x".repeat(300_000));
        if (answer.error) {
          expect(answer.error).toMatchObject({
            data: { code: "disk_full" },
            message: expect.stringMatching(/^The disk is full: .*Free some space/),
          });
          break;
        }
        kept.unshift(`task ${index}`);
      }
      expect(kept.length).toBeLessThan(20);
      fillUp(disk ?? "");
      expect(await codeOf(send(daemon, "none", "x".repeat(1_000_000)))).toBe("disk_full");
      expect((await daemon.rpc("tasks/list")).result).toMatchObject(kept.map((name) => ({ name })));
      await daemon.end();
      fillUp(disk ?? "");
      await expect(daemonProcess({ database: `${database}.new` })).rejects.toThrow(
        /The disk is full: the database .* cannot grow/,
      );
      for (const name of ["filler", "spare", "cord.db.new", "cord.db.new-wal"])
        rmSync(join(disk ?? "", name), { force: true });
      await using again = await daemonProcess({ database });
      expect((await again.rpc("tasks/list")).result).toMatchObject(kept.map((name) => ({ name })));
    },
  );

  test.skipIf(disk === null)(
    "is full ends no lease that nobody could renew meanwhile (needs mount)",
    async () => {
      const folder = smallDisk(2) ?? "";
      await using daemon = await daemonProcess({ database: join(folder, "cord.db") });
      const { id } = z.object({ id: z.string() }).parse((await send(daemon, "held")).result);
      const claim = { id, agentId: "me", leaseSeconds: 1 };
      expect((await daemon.rpc("tasks/claim", claim)).error).toBeUndefined();
      fillUp(folder);
      const begin = performance.now();
      let codes = new Set<unknown>();
      while (performance.now() - begin < 1500)
        codes = codes.add(await codeOf(send(daemon, "no room", "x".repeat(500_000))));
      expect([...codes]).toEqual(["disk_full"]);
      rmSync(join(folder, "filler"));
      const { result } = await daemon.rpc("tasks/get", { id });
      expect(result).toMatchObject({ state: "claimed", claimed_by: "me" });
      const done = await daemon.rpc("tasks/complete", { id, agentId: "me", epoch: 1, result: "kept" });
      expect(done.error).toBeUndefined();
    },
  );

  test("is full tells an agent to make the same call again", () => {
    const full = Object.assign(new Error("no space left"), { code: "ENOSPC" });
    expect(troubleOf(full, join(temporaryDirectory("full"), "cord.db"))).toMatchObject({
      code: "disk_full",
      toAgents: expect.stringMatching(/^Nothing of this call was kept: .*make the same call again/),
    });
  });

  test.skipIf(disk === null)("cannot be written is refused in one sentence (needs mount)", async () => {
    const folder = smallDisk(1) ?? "";
    const database = join(folder, "cord.db");
    await daemonHere({ database }).stop();
    Bun.spawnSync(["mount", "-o", "remount,ro", folder]);
    await expect(daemonProcess({ database })).rejects.toThrow(
      /^[^\n]*\ncord serve: The database \S+ cannot be written: .* is read-only\. .*try again\.\n$/,
    );
  });
});

describe("a database that another program has locked", () => {
  test("is read meanwhile, and written as soon as it is free", async () => {
    const database = join(temporaryDirectory("locked"), "cord.db");
    await using daemon = await daemonProcess({ database });
    const other = await holderOf(database);
    const told: string[] = [];
    const sent = send(daemon, "waits").then(() => told.push("sent"));
    for (let index = 0; index < 5; index += 1) await daemon.rpc("tasks/list");
    expect((await fetch(`${daemon.url}healthz`)).status).toBe(200);
    told.push("read");
    await other.kill();
    await sent;
    expect(told).toEqual(["read", "sent"]);
    expect((await daemon.rpc("tasks/list")).result).toMatchObject([{ name: "waits" }]);
  });

  test("for too long is refused, naming what to do, until it is free", async () => {
    const database = join(temporaryDirectory("locked"), "cord.db");
    await using daemon = await daemonProcess({ database });
    const other = await holderOf(database);
    const answers = await Promise.all([send(daemon, "a"), send(daemon, "b")]);
    for (const { error } of answers)
      expect(error).toMatchObject({
        data: { code: "locked" },
        message: expect.stringMatching(/Another program holds the database .* locked/),
      });
    expect(await codeOf(send(daemon, "c"))).toBe("locked");
    await other.kill();
    expect(await codeOf(send(daemon, "d"))).toBeUndefined();
    expect((await daemon.rpc("tasks/list")).result).toMatchObject([{ name: "d" }]);
  });
});

describe("a file", () => {
  test("with a damaged page: the daemon says damaged, and doctor where", async () => {
    const { database, dataHome } = filled(300);
    damage(database);
    const report = await doctor(dataHome);
    expect(report.find(({ name }) => name === "damage")).toMatchObject({
      status: "failed",
      detail: expect.stringContaining("table "),
    });
    await using daemon = await daemonProcess({ database, dataHome });
    const answers = await Promise.all([
      daemon.rpc("tasks/list", { limit: 500 }),
      daemon.rpc("daemon/status"),
    ]);
    expect(answers.map(({ error }) => error?.data.code)).toContain("damaged");
  });

  test("whose log has a bad page is taken up to there; the log and doctor say what was left out", async () => {
    const dataHome = temporaryDirectory("log");
    const database = join(dataHome, "cord", "cord.db");
    const daemon = await daemonProcess({ database, dataHome });
    for (const name of ["a", "b", "c", "d"]) await send(daemon, name);
    await daemon.end("SIGKILL");
    const size = statSync(`${database}-wal`).size;
    expect(size).toBeGreaterThan(10_000);
    overwrite(`${database}-wal`, size - 8000, 500);
    expect((await doctor(dataHome)).find(({ name }) => name === "damage")).toMatchObject({
      detail: expect.stringMatching(/log .* is damaged: \d of its \d+ commits cannot be recovered/),
    });
    await using again = await daemonProcess({ database, dataHome });
    expect((await again.rpc("tasks/list")).error).toBeUndefined();
    expect(existsSync(`${database}-wal.damaged`)).toBe(true);
    expect((await doctor(dataHome)).find(({ name }) => name === "damage")?.detail).toContain("-wal.damaged");
  });

  test("of another program is refused, and left as it was", () => {
    const path = join(temporaryDirectory("foreign"), "theirs.db");
    const theirs = new Database(path, { create: true });
    theirs.run("CREATE TABLE bookmarks (url TEXT)");
    theirs.close();
    const before = readFileSync(path);
    expect(() => openSqlite(path)).toThrow(/is another program's database.*--db FILE/);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test("of coord is refused with the way to bring it over", () => {
    const path = join(temporaryDirectory("coord"), "state.db");
    const theirs = new Database(path, { create: true });
    for (const table of ["tasks", "agents"]) theirs.run(`CREATE TABLE ${table} (id TEXT)`);
    theirs.close();
    expect(() => openSqlite(path)).toThrow(`cord import coord ${path}`);
  });

  test("that others could read is its owner's again; a link in a place of cord's own is refused", async () => {
    const database = join(temporaryDirectory("modes"), "cord.db");
    await daemonHere({ database }).stop();
    for (const file of [database, `${database}.lock`]) chmodSync(file, 0o644);
    await daemonHere({ database }).stop();
    for (const file of [database, `${database}.lock`]) expectMode(file, 0o600);
    for (const ending of [".lock", "-wal"]) {
      rmSync(database + ending, { force: true });
      symlinkSync("/etc/hostname", database + ending);
      expect(() => daemonHere({ database })).toThrow(`${database}${ending} is a link`);
      rmSync(database + ending);
    }
  });
});

test("a plain copy of the file holds what was acknowledged, once nothing was written for a moment", async () => {
  const database = join(temporaryDirectory("copy"), "cord.db");
  await using daemon = await daemonProcess({ database });
  await send(daemon, "copied");
  await until("the database holds it", () => readFileSync(database).includes("copied"));
  copyFileSync(database, `${database}.copy`);
  await using copy = daemonHere({ database: `${database}.copy` });
  expect((await copy.rpc("tasks/list")).result).toMatchObject([{ name: "copied" }]);
});

/** A program that holds the write lock. */
async function holderOf(database: string): Promise<Running> {
  const script = join(temporaryDirectory("holder"), "holder.ts");
  writeFileSync(
    script,
    `import { Database } from "bun:sqlite";
const database = new Database(${JSON.stringify(database)});
database.run("PRAGMA busy_timeout = 5000");
database.run("BEGIN IMMEDIATE");
console.error("it is held");
setInterval(() => database.inTransaction, 1000);`,
  );
  const running = start([process.execPath, script], { cwd: "/", env: { PATH: process.env["PATH"] ?? "" } });
  await running.says("it is held");
  return running;
}

function fillUp(folder: string): void {
  const file = openSync(join(folder, "filler"), "a");
  try {
    for (const chunk of [Buffer.alloc(65_536), Buffer.alloc(4096)]) {
      try {
        for (;;) writeSync(file, chunk);
      } catch {
        // full, to the last chunk
      }
    }
  } finally {
    closeSync(file);
  }
}

function filled(tasks: number): { database: string; dataHome: string } {
  const dataHome = temporaryDirectory("damaged");
  mkdirSync(join(dataHome, "cord"));
  const database = join(dataHome, "cord", "cord.db");
  openSqlite(database);
  const writer = new Database(database);
  for (let index = 0; index < tasks; index += 1)
    writer.run(
      "INSERT INTO tasks (id, seq, name, kind, priority, state, payload, created_at, updated_at) VALUES (?, ?, 'x', 'task', 'normal', 'pending', ?, 1, 1)",
      [`id-${index}`, index, JSON.stringify("y".repeat(2000))],
    );
  writer.run("PRAGMA wal_checkpoint(TRUNCATE)");
  writer.close();
  return { database, dataHome };
}

/** Some pages in the middle, as a bad disk does. */
function damage(path: string): void {
  const pages = statSync(path).size / 4096;
  for (let page = Math.floor(pages / 2); page < pages - 2; page += 1) overwrite(path, page * 4096, 4096);
}

function overwrite(path: string, at: number, bytes: number): void {
  const file = openSync(path, "r+");
  writeSync(file, Buffer.alloc(bytes, 0xa5), 0, bytes, at);
  closeSync(file);
}

async function doctor(dataHome: string): Promise<{ name: string; status: string; detail: string }[]> {
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: dataHome,
    XDG_DATA_HOME: dataHome,
    CORD_URL: "http://127.0.0.1:9/",
  };
  const { out } = await start([await cordBinary(), "doctor", "--json"], { cwd: dataHome, env }).ended;
  const report: { findings: { name: string; status: string; detail: string }[] } = JSON.parse(out);
  return report.findings;
}
