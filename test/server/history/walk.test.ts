import { expect, test } from "bun:test";
import { CordError } from "../../../src/core/error.ts";
import { finalStates } from "../../../src/core/words.ts";
import type { StoredTask } from "../../../src/store/tables/task-row.ts";
import { countTasks } from "../../../src/store/tables/task-counts.ts";
import {
  archivedBoard,
  archivedLines,
  dayMs,
  keptMs,
  type ArchivedBoard,
} from "../../support/history/archived-board.ts";
import { randomly, type Random } from "../../support/random.ts";

const days = 260;
const agents = ["ann", "bob", "carl"] as const;
const projects = [{ project: "/shop" }, { project: "/site" }, {}] as const;

/** What lives, and may not change by a roll-up: all rows of each table that hang on tasks that are still there, and on agents. */
interface Living {
  tasks: StoredTask[];
  others: Record<string, unknown[]>;
}

test(
  "whatever happens for most of a year, a roll-up takes what ended long ago whole, and changes nothing that lives",
  randomly(async (random) => {
    const board = archivedBoard();
    const numbers = new Map<string, string>();
    const gone = new Map<string, unknown>();
    try {
      for (let day = 0; day < days; day += 1) {
        board.advance(dayMs);
        for (let act = random.int(5); act > 0; act -= 1) await happens(board, random);
        await board.seen();
        for (const row of await board.rows()) notReused(numbers, row);
        const before = await living(board);
        const shown = await readAll(board, before.tasks);
        await board.roll();
        const after = await living(board);
        const left = new Set(after.tasks.map(({ id }) => id));
        for (const row of before.tasks.filter(({ id }) => !left.has(id))) {
          expect([
            finalStates.includes(row.state),
            row.run_id,
            board.now() - row.updated_at > keptMs,
          ]).toEqual([true, null, true]);
          gone.set(row.id, shown.get(row.id));
        }
        expect(after).toEqual(only(before, left));
        await expectCounts(board);
      }
      // the walk is of no use where nothing ever goes
      expect(gone.size).toBeGreaterThan(20);
      for (const [id, task] of gone)
        expect(await board.call("tasks/archived", { id })).toMatchObject({ task });
      await expectAllEvents(board);
    } finally {
      await board.close();
    }
  }),
);

async function happens(board: ArchivedBoard, random: Random): Promise<void> {
  const agentId = random.pick(agents);
  const project = random.pick(projects);
  const rows = await board.rows();
  const open = rows.filter(({ run_id, state }) => run_id === null && !finalStates.includes(state));
  const one = open.length === 0 ? null : random.pick(open);
  const acts: (() => Promise<unknown>)[] = [
    () =>
      board.call("tasks/send", {
        name: "work",
        kind: "task",
        ...project,
        ...(random.chance(0.3) ? { to: agentId } : {}),
      }),
    () =>
      board.call("tasks/send", {
        name: "blocked",
        kind: "task",
        needs: rows.length === 0 ? [] : [random.pick(rows).id],
      }),
    () => board.call("messages/send", { to: agentId, text: "hello", agentId: random.pick(agents) }),
    () => board.call("messages/list", { agentId, ack: random.chance(0.5) }),
    () => board.call("agents/heartbeat", { id: `tab-${random.int(1000)}`, name: "tab" }),
    () => board.call("files/reserve", { folder: "/work", agentId, paths: [`src/${random.int(9)}`] }),
    () => board.call("tasks/watch", { agentId, kind: "bug" }),
    () => board.startRun(),
    ...(one === null ? [] : onTask(board, one, agentId)),
    ...(one === null ? [] : onTask(board, one, agentId)),
  ];
  await random
    .pick(acts)()
    .catch((error: unknown) => {
      if (!(error instanceof CordError)) throw error;
    });
  if (random.chance(0.3)) await board.sweep();
}

function onTask(board: ArchivedBoard, { id }: StoredTask, agentId: string): (() => Promise<unknown>)[] {
  return [
    () => board.call("tasks/claim", { id, agentId, leaseSeconds: 3600 }),
    async () => {
      await board.call("tasks/claim", { id, agentId });
      await board.call("tasks/say", { id, agentId, text: "half done" });
      await board.call("tasks/complete", { id, agentId, result: { ok: true } });
    },
    async () => {
      await board.call("tasks/claim", { id, agentId });
      await board.call("tasks/fail", { id, agentId, reason: "no" });
    },
    () => board.call("tasks/cancel", { id }),
  ];
}

const tables = ["messages", "artifacts", "attempts", "needs", "push_configs"] as const;

async function living(board: ArchivedBoard): Promise<Living> {
  const others: Record<string, unknown[]> = {};
  await board.store.read(async (tx) => {
    for (const table of [...tables, "runs", "watches", "reservations", "agents", "tabs"])
      others[table] = await tx.all(`SELECT * FROM ${table} ORDER BY 1, 2`);
    others["inbox"] = await tx.all("SELECT * FROM inbox WHERE read_at IS NULL ORDER BY id");
    others["events"] = await tx.all(
      "SELECT * FROM events WHERE task_id IS NOT NULL OR run_id IS NOT NULL ORDER BY seq",
    );
  });
  return { tasks: await board.rows(), others };
}

/** The same without what hangs on tasks that are gone. */
function only({ tasks, others }: Living, left: ReadonlySet<string>): Living {
  const isLeft = (row: unknown) => {
    const of = (name: string) =>
      typeof row === "object" && row !== null ? Reflect.get(row, name) : undefined;
    if (of("seq") === 1 && of("type") !== undefined) return true;
    return ["task_id", "need_id"].every((name) => typeof of(name) !== "string" || left.has(String(of(name))));
  };
  const kept = Object.entries(others).map(([table, rows]) => [table, rows.filter(isLeft)]);
  return { tasks: tasks.filter(({ id }) => left.has(id)), others: Object.fromEntries(kept) };
}

async function readAll(board: ArchivedBoard, rows: readonly StoredTask[]): Promise<Map<string, unknown>> {
  const old = rows.filter(({ run_id, updated_at }) => run_id === null && board.now() - updated_at > keptMs);
  const shown = new Map<string, unknown>();
  for (const { id } of old) shown.set(id, JSON.parse(JSON.stringify(await board.call("tasks/get", { id }))));
  return shown;
}

/** The number of a task is nobody else's, ever, as far as a project sees. */
function notReused(numbers: Map<string, string>, { id, run_id, project, number }: StoredTask): void {
  if (run_id !== null) return;
  const key = `${project ?? ""} ${number}`;
  expect(numbers.get(key) ?? id).toBe(id);
  numbers.set(key, id);
}

async function expectCounts(board: ArchivedBoard): Promise<void> {
  const { tasks, blocked } = await board.store.read((tx) => countTasks(tx, undefined));
  const rows = (await board.rows()).filter(({ run_id }) => run_id === null);
  const counted = Object.fromEntries(
    Object.entries(Object.groupBy(rows, ({ state }) => state)).map(([state, of]) => [state, of.length]),
  );
  expect(tasks).toEqual(counted);
  expect(blocked).toBe(rows.filter(({ state, unmet }) => state === "pending" && unmet > 0).length);
}

/** Each event that there ever was is in the log or in the archive, once. */
async function expectAllEvents(board: ArchivedBoard): Promise<void> {
  const stored = await board.store.read((tx) => tx.all<{ seq: number }>("SELECT seq FROM events"));
  const archived = archivedLines(board.folder).flatMap(({ event }) => event?.seq ?? []);
  const all = new Set([...stored.map(({ seq }) => seq), ...archived]);
  expect([...all].toSorted((a, b) => a - b)).toEqual(board.events.map(({ seq }) => seq));
  expect(archived.length).toBe(new Set(archived).size);
}
