import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { noteClock, takeUpDeadlines } from "../../../src/store/tables/clock.ts";
import { openSqlite } from "../../../src/store/database/sqlite.ts";
import type { Store } from "../../../src/store/store.ts";

let store: Store;

beforeEach(async () => {
  store = openSqlite(":memory:");
  await store.write(async (tx) => {
    const insert =
      "INSERT INTO tasks (id, seq, name, kind, priority, state, lease_until, lease_due, lease_ms, answer_by, answer_ms, created_at, updated_at)";
    await tx.run(
      `${insert} VALUES ('held', 1, 'held', 'task', 'normal', 'claimed', 0, 50000, 60000, NULL, NULL, 1, 1)`,
    );
    await tx.run(
      `${insert} VALUES ('ask', 2, 'ask', 'ask', 'normal', 'pending', NULL, NULL, NULL, 70000, 600000, 1, 1)`,
    );
    await tx.run(
      "INSERT INTO agents (id, name, first_seen, last_seen, seen) VALUES ('a', 'a', 0, 970000, 30000)",
    );
    await tx.run("INSERT INTO requests (id, answer, at) VALUES ('r', 'null', 20000)");
    await noteClock(tx, "this boot", 5000, { now: 1_000_000, monotonic: 40_000 });
  });
});
afterEach(() => store.close());

/** As a daemon starts. */
const takeUp = (boot: string, now: number, monotonic: number) =>
  store.write((tx) => takeUpDeadlines(tx, boot, { now, monotonic }));

const deadlines = () =>
  store.read(async (tx) => ({
    ...(await tx.get<object>("SELECT lease_due, lease_until FROM tasks WHERE id = 'held'")),
    ...(await tx.get<object>("SELECT answer_by FROM tasks WHERE id = 'ask'")),
    ...(await tx.get<object>("SELECT seen FROM agents")),
    ...(await tx.get<object>("SELECT at FROM requests")),
    ...(await tx.get<object>("SELECT boot, behind FROM clock")),
  }));

/** Of push configurations: one that fails, one whose task has ended, and one that was given up. */
async function pushDeadlines() {
  const insert =
    "INSERT INTO push_configs (task_id, id, url, version, state, seq, due, give_up, created_at) VALUES";
  await store.write((tx) =>
    tx.run(
      `${insert} ('t', '1', 'u', '1.0', 'live', 0, 41000, 90000, 0), ('t', '2', 'u', '1.0', 'done', 0, 80000, NULL, 0),
         ('t', '3', 'u', '1.0', 'given_up', 0, 80000, 30000, 0)`,
    ),
  );
  return () => store.read((tx) => tx.all("SELECT due, give_up FROM push_configs ORDER BY id"));
}

describe("a daemon that starts", () => {
  test("goes on with deliveries when they were due; after another boot it tries them at once, and for as long again", async () => {
    const due = await pushDeadlines();
    await takeUp("this boot", 1_001_000, 46_000);
    expect(await due()).toEqual([
      { due: 46_000, give_up: 95_000 },
      { due: 85_000, give_up: null },
      { due: 85_000, give_up: 35_000 },
    ]);
    await takeUp("another boot", 2_000_000, 7000);
    expect(await due()).toEqual([
      { due: 0, give_up: 7000 + 86_400_000 },
      { due: 7000 + 86_400_000, give_up: null },
      { due: 7000 + 604_800_000, give_up: 7000 + 86_400_000 },
    ]);
  });

  test("within the boot of the one before it goes on with its deadlines where they were", async () => {
    // it was 40 s by the old clock, 5 s behind the boot's; a second has passed since
    await takeUp("this boot", 1_001_000, 46_000);
    expect(await deadlines()).toEqual({
      lease_due: 55_000,
      lease_until: 1_010_000,
      answer_by: 75_000,
      seen: 35_000,
      at: 25_000,
      boot: "this boot",
      behind: 0,
    });
  });

  test.each([
    ["another boot", "another boot"],
    ["a boot that the system does not name", ""],
  ])("after %s gives each lease its length, counted from now", async (_, boot) => {
    await takeUp(boot, 2_000_000, 7000);
    expect(await deadlines()).toEqual({
      lease_due: 67_000,
      lease_until: 2_060_000,
      answer_by: 607_000,
      seen: 7000 - 1_030_000,
      at: 7000,
      boot,
      behind: 0,
    });
  });

  test("never lets a lease end later than its length from now", async () => {
    await takeUp("this boot", 1_000_000, -1_000_000);
    expect(await deadlines()).toMatchObject({ lease_due: -940_000, lease_until: 1_060_000 });
  });
});

test("when the wall clock is set, the ends of leases are shown by it, and stay where they were", async () => {
  await store.write((tx) => noteClock(tx, "this boot", 5000, { now: 4_600_000, monotonic: 40_000 }));
  expect(await deadlines()).toMatchObject({ lease_due: 50_000, lease_until: 4_610_000, behind: 5000 });
});
