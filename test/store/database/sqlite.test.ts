import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { takeUpDeadlines } from "../../../src/store/tables/clock.ts";
import { foldedStep, migrations } from "../../../src/store/database/migrations.ts";
import { refuseUnready } from "../../../src/store/database/migrate.ts";
import { openSqlite, sqliteDriver } from "../../../src/store/database/sqlite.ts";
import { sweep } from "../../../src/store/lifecycle/sweep.ts";
import { countTasks } from "../../../src/store/tables/task-counts.ts";
import { insertTask } from "../../../src/store/tables/tasks.ts";
import { listTasks } from "../../support/store/lists.ts";
import { expectGolden } from "../../support/golden.ts";
import { canMount, smallDisk } from "../../support/machine/small-disk.ts";
import { temporaryDirectory } from "../../support/machine/temporary.ts";
import { storeSuite } from "../../support/store/store-suite.ts";
import { expectMode } from "../../support/expect-mode.ts";

storeSuite("SQLite", () => sqliteDriver(":memory:"));

const fixtures = join(import.meta.dir, "../fixtures");

/** A database as a past cord left it: its schema, and one task. */
function pastDatabase(version: number): string {
  const path = join(temporaryDirectory(`schema-v${version}`), "cord.db");
  const database = new Database(path, { create: true });
  database.run("PRAGMA journal_mode = WAL");
  database.run(readFileSync(join(fixtures, `schema-v${version}.sql`), "utf8"));
  database.run(
    "INSERT INTO tasks (id, seq, name, kind, priority, state, created_at, updated_at) VALUES ('old-task', 1, 'OLD ÄGÄIS', 'task', 'normal', 'pending', 1, 1)",
  );
  database.run(`PRAGMA user_version = ${version}`);
  database.close();
  return path;
}

const versionOf = (path: string) =>
  new Database(path, { readonly: true }).query<{ user_version: number }, []>("PRAGMA user_version").get()
    ?.user_version;

describe("a migration", () => {
  test.each(migrations.map((_, index) => index + 1))(
    "brings a database of schema %d to the present one, and its tasks with it",
    async (version) => {
      const path = pastDatabase(version);
      const store = openSqlite(path);
      await store.write((tx) =>
        insertTask(
          tx,
          { id: "new-task", name: "new", kind: "task", priority: "normal", state: "pending" },
          2,
        ),
      );
      const tasks = await store.read((tx) => listTasks(tx, {}, 10));
      expect(tasks.map(({ name }) => name)).toEqual(["new", "OLD ÄGÄIS"]);
      // from schema 6 on, who adds a task counts it, which this one's SQL has not
      const { pending } = (await store.read((tx) => countTasks(tx, undefined))).tasks;
      expect(pending).toBe(version < 6 ? 2 : 1);
      const searched = await store.read((tx) => listTasks(tx, { name_contains: "ägäis" }, 10));
      expect(searched.map(({ id }) => id)).toEqual(
        version <= migrations.indexOf(foldedStep ?? "") ? ["old-task"] : [],
      );
      await store.close();
      expect(versionOf(path)).toBe(migrations.length);
    },
  );

  test.each(migrations.map((_, index) => index + 1))(
    "that was released is never edited: schema %d stays as its fixture has it",
    (version) => {
      const steps = migrations.slice(0, version).map((step) => step.replace(/^ {2}/gm, "").trim());
      expectGolden(join(fixtures, `schema-v${version}.sql`), `${steps.join("\n\n")}\n`);
    },
  );

  test("from schema 1 takes away late results under epochs that never were: they kept their tasks from being claimed", async () => {
    const path = pastDatabase(1);
    const database = new Database(path);
    database.run("UPDATE tasks SET epoch = 2");
    const late = "INSERT INTO attempts (task_id, epoch, state, started_at) VALUES ('old-task', ?, 'late', 1)";
    for (const epoch of [-1, 0, 1, 2, 3, 9]) database.run(late, [epoch]);
    database.close();
    const store = openSqlite(path);
    const kept = await store.read((tx) => tx.all("SELECT epoch FROM attempts ORDER BY epoch"));
    expect(kept).toEqual([{ epoch: 1 }, { epoch: 2 }]);
    await store.close();
  });

  test("from schema 3 takes the attempts that run for ones of engines that live as long as their leases, and ends them then", async () => {
    const path = pastDatabase(3);
    const database = new Database(path);
    database.run(
      "INSERT INTO attempts (task_id, epoch, run_id, engine, state, started_at) VALUES ('old-task', 1, 'r', 'engine:gone', 'running', 1)",
    );
    database.run(
      "UPDATE tasks SET run_id = 'r', number = 1, path = '1', phase = 'work', state = 'claimed', claimed_by = 'engine:gone', lease_due = 6000, lease_ms = 30000",
    );
    database.run("INSERT INTO clock (boot, behind) VALUES ('this boot', 0)");
    database.close();
    const store = openSqlite(path);
    await store.write((tx) => takeUpDeadlines(tx, "this boot", { now: 10_000, monotonic: 5000 }));
    const states = async (after: number) => {
      await sweep(store, { now: 10_000 + after, monotonic: 5000 + after });
      return store.read((tx) => tx.all("SELECT state FROM attempts"));
    };
    expect(await states(999)).toEqual([{ state: "running" }]);
    expect(await states(1000)).toEqual([{ state: "ended" }]);
    await store.close();
  });

  test("keeps a copy of what was there before, for its owner only", () => {
    const path = pastDatabase(1);
    sqliteDriver(path, [migrations[0] ?? "", "CREATE TABLE more (id TEXT) STRICT"]).close();
    const copy = `${path}.v1.bak`;
    expect([versionOf(path), versionOf(copy)]).toEqual([2, 1]);
    expectMode(copy, 0o600);
  });

  test("keeps the copies of the last three schemas, each of the last time that it was migrated", () => {
    const path = pastDatabase(1);
    const steps = [migrations[0] ?? ""];
    for (const name of ["two", "three", "four", "five", "six"]) {
      steps.push(`CREATE TABLE ${name} (id TEXT) STRICT`);
      sqliteDriver(path, steps).close();
    }
    const copies = () => readdirSync(dirname(path)).filter((name) => name.endsWith(".bak"));
    expect(copies().toSorted()).toEqual(["cord.db.v3.bak", "cord.db.v4.bak", "cord.db.v5.bak"]);
    // the copy is put back, as a person does, and goes on
    for (const ending of ["-wal", "-shm"]) rmSync(`${path}${ending}`, { force: true });
    copyFileSync(`${path}.v5.bak`, path);
    const database = new Database(path);
    database.run("INSERT INTO five (id) VALUES ('later')");
    database.close();
    sqliteDriver(path, steps).close();
    const kept = new Database(`${path}.v5.bak`, { readonly: true });
    expect(kept.query("SELECT id FROM five").all()).toEqual([{ id: "later" }]);
    kept.close();
  });

  test.skipIf(!canMount)("that has no room for its copy changes nothing, and says how much there is", () => {
    using disk = smallDisk(8) ?? undefined;
    const path = join(disk?.folder ?? "", "cord.db");
    const past = pastDatabase(1);
    const database = new Database(past);
    database.run("UPDATE tasks SET payload = ?", [JSON.stringify("x".repeat(200_000))]);
    database.close();
    copyFileSync(past, path);
    // room for what SQLite puts beside it, and for no copy
    disk?.fill(98_304);
    expect(() => openSqlite(path)).toThrow(
      /a copy of it is kept beside it.* KiB are free.*Nothing was changed/,
    );
    expect(versionOf(path)).toBe(1);
    expect(readdirSync(disk?.folder ?? "").filter((name) => /bak|part/.test(name))).toEqual([]);
    expect(() => refuseUnready(path, migrations)).toThrow(/Nothing was changed/);
    disk?.empty();
    expect(refuseUnready(path, migrations)).toBeUndefined();
    openSqlite(path).close();
    expect(versionOf(path)).toBe(migrations.length);
  });

  test("that fails leaves the database as the steps before it made it", () => {
    const path = pastDatabase(1);
    const steps = [
      migrations[0] ?? "",
      "CREATE TABLE two (id TEXT) STRICT",
      "CREATE TABLE two (id TEXT) STRICT",
    ];
    expect(() => sqliteDriver(path, steps)).toThrow();
    expect(versionOf(path)).toBe(2);
    sqliteDriver(path, [...steps.slice(0, 2), "CREATE TABLE three (id TEXT) STRICT"]).close();
    expect(versionOf(path)).toBe(3);
  });

  test("does not touch a database that a newer cord has written", () => {
    const path = pastDatabase(1);
    sqliteDriver(path, [...migrations, "CREATE TABLE from_the_future (id TEXT) STRICT"]).close();
    expect(() => openSqlite(path)).toThrow(/newer cord.*Update cord/);
    expect(versionOf(path)).toBe(migrations.length + 1);
    // each cord signs what it writes, and so an older one can say which takes it
    const database = new Database(path);
    database.run("UPDATE writers SET version = '999.0.0'");
    database.close();
    expect(() => openSqlite(path)).toThrow(
      /made by cord 999\.0\.0 .*Update cord to 999\.0\.0 or newer \(cord upgrade\)/,
    );
  });
});

describe("a database file", () => {
  test("is its owner's only, with its folder and what SQLite puts beside it", async () => {
    const path = join(temporaryDirectory("modes"), "new", "cord.db");
    const store = openSqlite(path);
    await store.write((tx) => tx.run("INSERT INTO requests (id, answer, at) VALUES ('a', 'null', 1)"));
    expectMode(join(path, ".."), 0o700);
    for (const file of [path, `${path}-wal`, `${path}-shm`]) expectMode(file, 0o600);
    await store.close();
  });

  test("is marked as cord's, also one of a cord that did not yet, and gives back what was freed", () => {
    for (const path of [join(temporaryDirectory("small"), "cord.db"), pastDatabase(1)]) {
      const driver = sqliteDriver(path);
      const number = (pragma: string) =>
        Object.values(Object(driver.get(`SELECT * FROM pragma_${pragma}`, [])))[0];
      expect([number("application_id"), number("auto_vacuum")]).toEqual([0x636f7264, 2]);
      driver.run("INSERT INTO requests (id, answer, at) VALUES ('a', ?, 1)", ["x".repeat(60_000_000)]);
      driver.run("DELETE FROM requests", []);
      const before = Number(number("page_count"));
      while (driver.tidy());
      expect(Number(number("page_count"))).toBeLessThan(before / 2);
      expect(statSync(`${path}-wal`).size).toBe(0);
      expect(statSync(path).size).toBeLessThan(15_000_000);
      driver.close();
    }
  });

  test("that is none is refused in one sentence", () => {
    const folder = temporaryDirectory("none");
    writeFileSync(
      join(folder, "text.db"),
      "this is not a database, but a longer text than its header".repeat(100),
    );
    mkdirSync(join(folder, "folder.db"));
    for (const name of ["text.db", "folder.db"])
      expect(() => openSqlite(join(folder, name))).toThrow(
        /(?:is no SQLite database.*--db FILE|is a folder, where cord keeps a file)/,
      );
  });

  test("in a folder that cannot be made is refused in one sentence", () => {
    const folder = temporaryDirectory("sealed");
    writeFileSync(join(folder, "file"), "");
    expect(() => openSqlite(join(folder, "file", "deep", "cord.db"))).toThrow(
      /cannot be opened: .*--db FILE/,
    );
  });
});
