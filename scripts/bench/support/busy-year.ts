import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { rollUp, type RolledUp } from "../../../src/server/history/roll-up.ts";
import { openSqlite } from "../../../src/store/database/sqlite.ts";
import { inboxCursor } from "../../../src/store/lifecycle/inbox.ts";
import { claimTask, completeTask } from "../../../src/store/lifecycle/transitions.ts";
import type { Store, Tx } from "../../../src/store/store.ts";
import { heartbeat } from "../../../src/store/tables/agents.ts";
import { noteDay } from "../../../src/store/tables/archives.ts";
import { moveCursor } from "../../../src/store/tables/cursors.ts";
import { lastSeq } from "../../../src/store/tables/events.ts";
import { insertTask } from "../../../src/store/tables/tasks.ts";

/** A board on which much happens, over many days that pass at once. */
export interface BusyYear {
  database: string;
  /** when it begins, by the wall clock */
  from: number;
  days: number;
  /** in all */
  events: number;
  /** rolls up at the end of each day, into this folder; null: not */
  archive: { folder: string; keptMs: number } | null;
}

const dayMs = 86_400_000;
/** Nobody else is there to wait. */
const atFullSpeed = { clock: () => performance.now(), pause: async () => {} };
const atOnce = 500;
/** of a task: created, claimed, completed */
const eventsOfTask = 3;
const agentsPerDay = 10;
const projects = ["/home/ada/shop", "/home/ada/site", "/home/ada/tools"];

/** Writes what happened into the database, and says what was rolled up. */
export async function busyYear({ database, from, days, events, archive }: BusyYear): Promise<RolledUp> {
  mkdirSync(dirname(database), { recursive: true, mode: 0o700 });
  const store = openSqlite(database);
  const rolled: RolledUp = { tasks: 0, events: 0, files: 0, longestMs: 0 };
  const perDay = Math.round((events / days - agentsPerDay) / eventsOfTask);
  for (let day = 0; day < days; day += 1) {
    const now = from + day * dayMs;
    await busyDay(store, day, { now, tasks: perDay });
    await store.write(async (tx) => {
      await noteDay(tx, now);
      await moveCursor(tx, inboxCursor, await lastSeq(tx));
    });
    if (archive === null) continue;
    const done = await rollUp({ store, ...archive, now, ...atFullSpeed, drawnTo: null });
    for (const key of ["tasks", "events", "files"] as const) rolled[key] += done[key];
    rolled.longestMs = Math.max(rolled.longestMs, done.longestMs);
  }
  await store.close();
  return rolled;
}

/** A daemon has been there on the days up to today, so that what is old by the clock is old. */
export async function seenLately(database: string): Promise<void> {
  const store = openSqlite(database);
  for (let day = 10; day >= 0; day -= 1) await store.write((tx) => noteDay(tx, Date.now() - day * dayMs));
  await store.close();
}

async function busyDay(
  store: Store,
  day: number,
  { now, tasks }: { now: number; tasks: number },
): Promise<void> {
  await store.write(async (tx) => {
    for (let agent = 0; agent < agentsPerDay; agent += 1)
      await heartbeat(
        tx,
        { id: `tab-${day}-${agent}`, name: `tab ${agent}`, project: projects[agent % 3] ?? null },
        { now, monotonic: now },
      );
  });
  for (let from = 0; from < tasks; from += atOnce)
    await store.write(async (tx) => {
      for (let task = from; task < Math.min(tasks, from + atOnce); task += 1)
        await oneTask(tx, `tab-${day}-${task % agentsPerDay}`, { task, now: now + task });
    });
}

async function oneTask(tx: Tx, agent: string, { task, now }: { task: number; now: number }): Promise<void> {
  const when = { now, monotonic: now };
  const row = await insertTask(
    tx,
    {
      id: Bun.randomUUIDv7(),
      name: `Parser drops row ${task} of a file`,
      kind: task % 10 === 0 ? "bug" : "task",
      priority: "normal",
      state: "pending",
      project: projects[task % 3] ?? null,
      payload: JSON.stringify({ file: `src/module-${task % 100}/file.ts`, line: task, note: "x".repeat(60) }),
    },
    now,
    { by: agent },
  );
  const claimed = await claimTask(tx, row, agent, 300_000, when);
  await completeTask(tx, claimed, { sha: "0123456789abcdef" }, { agentId: agent, epoch: 1 }, when);
}
