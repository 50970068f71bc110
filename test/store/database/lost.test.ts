import { describe, expect, test } from "bun:test";
import { copyFileSync, existsSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { daemonHere, daemonProcess, type DaemonProcess } from "../../support/machine/daemon.ts";
import { temporaryDirectory } from "../../support/machine/temporary.ts";

/** What people do to a file under a running daemon, what they are told, and what a daemon that is started anew then has. */
const accidents: { name: string; act: (path: string) => void; says: RegExp; kept: string[] }[] = [
  {
    name: "deleted with all that belongs to it",
    act: (path) => {
      for (const ending of ["", "-wal", "-shm"]) rmSync(path + ending);
    },
    says: /was deleted while the daemon \(pid \d+\) had it open\. What it held is (?:being )?saved in (\S+)\.saved\..*cord daemon restart/,
    kept: [],
  },
  {
    name: "deleted alone",
    act: (path) => rmSync(path),
    says: /was deleted while.*saved in/,
    kept: [],
  },
  {
    name: "replaced by another, as a restored backup is",
    act: (path) => renameSync(`${path}.backup`, path),
    says: /Another file was put in the place of the database.*saved in.*cord daemon restart/,
    kept: ["backed up"],
  },
  {
    name: "written over by a backup",
    act: (path) => copyFileSync(`${path}.backup`, path),
    says: /was written over while.*cord daemon restart/,
    kept: ["backed up"],
  },
  {
    name: "moved",
    act: (path) => renameSync(path, `${path}.elsewhere`),
    says: /was moved to \S+\.elsewhere while.*Move it back/,
    kept: [],
  },
  {
    name: "robbed of its log",
    act: (path) => rmSync(`${path}-wal`),
    says: /The log of the database .* was deleted or replaced.*Nothing is lost/,
    kept: ["backed up", "later", "last"],
  },
  {
    name: "robbed of its log's index",
    act: (path) => rmSync(`${path}-shm`),
    says: /was deleted or replaced.*Nothing is lost/,
    kept: ["backed up", "later", "last"],
  },
  {
    name: "cut off",
    act: (path) => truncateSync(path, 4096),
    says: /was written over while/,
    kept: [],
  },
];

describe("a database that under its daemon is", () => {
  test.each(accidents)("$name: nothing more is acknowledged, and what can be is kept", async (accident) => {
    const database = join(temporaryDirectory("lost"), "cord.db");
    await using daemon = await withBackup(database);
    const { name } = accident;
    accident.act(database);
    const answer = await daemon.rpc("tasks/send", { name });
    expect(answer.error).toMatchObject({
      message: expect.stringMatching(accident.says),
      data: { code: "database_lost" },
    });
    expect((await daemon.rpc("tasks/list")).error?.data.code).toBe("database_lost");
    const health: unknown = await (await fetch(`${daemon.url}healthz`)).json();
    expect(health).toMatchObject({ ok: false, problem: expect.stringMatching(accident.says) });
    await daemon.end();
    if (name === "cut off") return;
    expect(await namesIn(database)).toEqual(accident.kept);
    for (const saved of [`${database}.saved`, `${database}.elsewhere`])
      if (existsSync(saved) && name !== "written over by a backup")
        expect(await namesIn(saved)).toEqual(["backed up", "later", "last"]);
  });

  test("deleted with its folder: the daemon saves what it held when it ends", async () => {
    const database = join(temporaryDirectory("lost"), "folder", "cord.db");
    await using daemon = await withBackup(database);
    rmSync(dirname(database), { recursive: true });
    expect((await daemon.rpc("tasks/list")).error?.message).toMatch(/is saved in .* when the daemon ends/);
    expect(existsSync(dirname(database))).toBe(false);
    await daemon.end();
    expect(await namesIn(`${database}.saved`)).toEqual(["backed up", "later", "last"]);
  });

  test("looked at, copied and changed by another program is not lost", async () => {
    const database = join(temporaryDirectory("lost"), "cord.db");
    await using daemon = await withBackup(database);
    const other = await otherProgram(database, [
      "PRAGMA wal_autocheckpoint = 1",
      "UPDATE tasks SET name = 'renamed' WHERE name = 'last'",
      "PRAGMA wal_checkpoint(TRUNCATE)",
      "CREATE TABLE theirs (a)",
      "DROP TABLE theirs",
      "PRAGMA wal_checkpoint(RESTART)",
    ]);
    expect(other).toBe(0);
    expect((await daemon.rpc("tasks/send", { name: "after" })).error).toBeUndefined();
    expect((await daemon.rpc("tasks/list", { limit: 2 })).result).toMatchObject([
      { name: "after" },
      { name: "renamed" },
    ]);
  });
});

/** A daemon with three tasks; the backup beside its database holds the first. */
async function withBackup(database: string): Promise<DaemonProcess> {
  const before = daemonHere({ database });
  await before.rpc("tasks/send", { name: "backed up" });
  await before.stop();
  const daemon = await daemonProcess({ database });
  copyFileSync(database, `${database}.backup`);
  await daemon.rpc("tasks/send", { name: "later" });
  await daemon.rpc("tasks/send", { name: "last" });
  return daemon;
}

async function namesIn(database: string): Promise<string[]> {
  await using daemon = daemonHere({ database });
  const { result } = await daemon.rpc("tasks/list");
  return Array.isArray(result) ? result.map(({ name }) => String(name)).toReversed() : [];
}

async function otherProgram(database: string, statements: string[]): Promise<number> {
  const script = join(temporaryDirectory("other"), "other.ts");
  writeFileSync(
    script,
    `import { Database } from "bun:sqlite";
const database = new Database(${JSON.stringify(database)});
for (const statement of ${JSON.stringify(statements)}) database.query(statement).all();
database.close();`,
  );
  return Bun.spawn([process.execPath, script], { stdio: ["ignore", "inherit", "inherit"] }).exited;
}
