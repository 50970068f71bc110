import { expect } from "bun:test";
import { standingOf } from "../../../src/core/standing.ts";
import { finalStates } from "../../../src/core/words.ts";
import { fold } from "../../../src/core/text.ts";
import { Event, isBesideTasks } from "../../../src/core/event.ts";
import type { StoredTask, TaskRow } from "../../../src/store/tables/task-row.ts";
import { openChildren, unmet, type Model } from "./model.ts";
import type { Rig } from "./rig.ts";

/** What was seen of each rig before: nothing may be taken back. */
const before = new WeakMap<
  Rig,
  { rows: Map<string, StoredTask>; told: number; latest: Map<string, Event> }
>();

/** Rows as the model has them, and what must hold of every database at every moment. */
export async function checkInvariants(rig: Rig, model: Model): Promise<void> {
  const rows = await rig.rows();
  const past = before.get(rig) ?? {
    rows: new Map<string, StoredTask>(),
    told: 0,
    latest: new Map<string, Event>(),
  };
  readEvents(rig, past);
  expect(rows.map(shown)).toEqual(model.tasks.map(expected));
  const byId = new Map(rows.map((row) => [row.id, row]));
  for (const row of rows) {
    const label = `${row.state} ${row.id}`;
    holdsTogether(label, row, byId);
    standsWhereItShould(label, row);
    changedWithItsEvent(label, row, past.rows.get(row.id), past.latest.get(row.id));
  }
  await countsAreThoseOfTheRows(rig, rows);
  await runsEndWithTheirRoots(rig, byId);
  await moneyAddsUp(rig);
  before.set(rig, { ...past, rows: byId, told: rig.events.length });
}

const shown = (row: TaskRow) => ({
  id: row.id,
  state: row.state,
  epoch: row.epoch,
  unmet: row.unmet,
  children: row.children,
  open: row.open_children,
  seen: row.seen_children,
  holder: row.state === "claimed" || row.state === "waiting" ? row.claimed_by : null,
  lease: row.state === "claimed" ? row.lease_due : null,
  synthesis: row.phase === "synthesis",
});

const expected = (task: Model["tasks"][number]): ReturnType<typeof shown> => ({
  id: task.id,
  state: task.state,
  epoch: task.epoch,
  unmet: unmet(task),
  children: task.children.length,
  open: openChildren(task),
  seen: task.seen,
  holder: task.state === "claimed" || task.state === "waiting" ? task.holder : null,
  lease: task.state === "claimed" ? task.leaseUntil : null,
  synthesis: task.synthesis,
});

function readEvents(rig: Rig, past: { told: number; latest: Map<string, Event> }): void {
  for (const [index, event] of rig.events.entries()) {
    if (index < past.told) continue;
    expect(event.seq).toBeGreaterThan(rig.events[index - 1]?.seq ?? 0);
    expect(Event.parse(event)).toStrictEqual(event);
    if (event.task_id !== null && isChange(event)) past.latest.set(event.task_id, event);
  }
}

/** A refusal, what an attempt does, and what somebody hears of it change nothing of the task. */
function isChange(event: Event): boolean {
  if (isBesideTasks(event)) return false;
  return event.type.startsWith("task.") && event.type !== "task.refused" && event.type !== "task.handed_in";
}

/** What lists are found by follows from the rest of the row. */
function standsWhereItShould(label: string, row: StoredTask): void {
  const { standing, ended_by, folded } = row;
  expect([label, { standing, ended_by, folded }]).toEqual([
    label,
    {
      standing: standingOf(row),
      ended_by: finalStates.includes(row.state) ? row.claimed_by : null,
      folded: fold(row.name),
    },
  ]);
}

async function countsAreThoseOfTheRows(rig: Rig, rows: readonly StoredTask[]): Promise<void> {
  const counts: Record<string, number> = {};
  const count = (...key: (string | null)[]) => (counts[key.join(" ")] = (counts[key.join(" ")] ?? 0) + 1);
  for (const { run_id, project, state, unmet: needed, kind, stopped_by, claimed_by } of rows) {
    if (run_id === null) {
      count("board", project, state);
      if (state === "pending" && needed > 0) count("board", project, "blocked");
      continue;
    }
    if (state === "completed") count("nodes", run_id, "done");
    const isLost = state === "failed" || (state === "cancelled" && stopped_by === null);
    if (isLost && kind !== "ask") count("nodes", run_id, "lost");
    if (state === "claimed" && claimed_by?.startsWith("engine:")) count("agents", project, "working");
  }
  const kept = await rig.store.read((tx) =>
    tx.all<{ key: string; n: number }>(
      "SELECT what || ' ' || scope || ' ' || word AS key, n FROM counts WHERE n <> 0",
    ),
  );
  expect(Object.fromEntries(kept.map(({ key, n }) => [key, n]))).toEqual(counts);
}

/** What the row says of others is what the others say. */
function holdsTogether(label: string, row: TaskRow, byId: ReadonlyMap<string, TaskRow>): void {
  const needs: unknown = row.needs === null ? [] : JSON.parse(row.needs);
  const needed = (Array.isArray(needs) ? needs : []).map((id) => byId.get(String(id))?.state);
  expect([label, row.unmet]).toEqual([label, needed.filter((state) => state !== "completed").length]);
  if (!finalStates.includes(row.state)) {
    expect([label, needed]).not.toEqual([label, expect.arrayContaining(["failed"])]);
    expect([label, needed]).not.toEqual([label, expect.arrayContaining(["cancelled"])]);
    const parent = row.parent_id === null ? undefined : byId.get(row.parent_id);
    if (parent) expect([label, finalStates.includes(parent.state)]).toEqual([label, false]);
  }
  if (row.state === "waiting" && row.run_id !== null)
    expect([label, row.open_children > 0]).toEqual([label, true]);
  if (row.state === "waiting" && row.run_id === null)
    expect([label, row.question === null, row.claimed_by === null, row.lease_due]).toEqual([
      label,
      false,
      false,
      null,
    ]);
  if (row.state === "completed") expect([label, row.open_children]).toEqual([label, 0]);
  if (row.state === "claimed") expect([label, row.unmet, row.lease_due === null]).toEqual([label, 0, false]);
}

function changedWithItsEvent(
  label: string,
  row: StoredTask,
  past: StoredTask | undefined,
  latest: Event | undefined,
): void {
  expect([label, row.seq]).toEqual([label, latest?.seq ?? 0]);
  expect([label, row.state]).toEqual([label, latest?.state ?? row.state]);
  expect(row.epoch).toBeGreaterThanOrEqual(past?.epoch ?? 0);
  if (past && past.seq === row.seq) expect([label, changes(row)]).toEqual([label, changes(past)]);
  if (past && finalStates.includes(past.state)) expect([label, row.state]).toEqual([label, past.state]);
}

/** Everything but counters, with what follows from them, and a lease that was lengthened. */
function changes(row: StoredTask): Partial<StoredTask> {
  const {
    unmet: _,
    standing: _p,
    children: _c,
    open_children: _o,
    seen_children: _s,
    failures: _f,
    ...rest
  } = row;
  return { ...rest, lease_until: null, lease_due: null, lease_ms: null };
}

async function runsEndWithTheirRoots(rig: Rig, byId: ReadonlyMap<string, TaskRow>): Promise<void> {
  const runs = await rig.store.read((tx) =>
    tx.all<{ root_id: string; ended_at: number | null }>("SELECT root_id, ended_at FROM runs"),
  );
  for (const run of runs) {
    const root = byId.get(run.root_id);
    expect([run.root_id, run.ended_at !== null]).toEqual([
      run.root_id,
      root !== undefined && finalStates.includes(root.state),
    ]);
  }
}

/** What a run has spent is what its attempts have. */
export async function moneyAddsUp(rig: Rig): Promise<void> {
  const runs = await rig.store.read((tx) =>
    tx.all<Record<"spent_usd" | "synthesis_usd" | "all_usd" | "syntheses_usd" | TokenSum, number>>(
      `SELECT id, spent_usd, synthesis_usd, coalesce(sum(usd), 0) AS all_usd,
         coalesce(sum(CASE WHEN phase = 'synthesis' THEN usd END), 0) AS syntheses_usd,
         spent_tokens, synthesis_tokens, coalesce(sum(input_tokens + output_tokens), 0) AS all_tokens,
         coalesce(sum(CASE WHEN phase = 'synthesis' THEN input_tokens + output_tokens END), 0) AS syntheses_tokens
       FROM runs LEFT JOIN attempts ON attempts.run_id = runs.id GROUP BY runs.id`,
    ),
  );
  for (const run of runs) {
    expect(run.spent_usd).toBeCloseTo(run.all_usd, 6);
    expect(run.synthesis_usd).toBeCloseTo(run.syntheses_usd, 6);
    expect([run.spent_tokens, run.synthesis_tokens]).toEqual([run.all_tokens, run.syntheses_tokens]);
  }
}

type TokenSum = "spent_tokens" | "synthesis_tokens" | "all_tokens" | "syntheses_tokens";
