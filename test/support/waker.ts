import type { TabState } from "../../src/core/tab.ts";
import { WakeBudget } from "../../src/server/tabs/budget.ts";
import { Waker } from "../../src/server/tabs/waker.ts";
import type { InboxRow } from "../../src/store/tables/inbox.ts";
import { Timers } from "./timers.ts";

/** A waker over an inbox in memory and a clock that only the test moves. */
export function wakerHere(stored: string | null = null) {
  const clock = { now: Date.parse("2026-01-01T00:00:00Z"), monotonic: 0 };
  const timers = new Timers(() => clock.monotonic);
  const rows: InboxRow[] = [];
  const said: { wake: number; text: string; urgent: boolean }[] = [];
  const saidAt: number[] = [];
  const is = { state: "idle" as TabState | null, inCall: false, wakeable: true, writable: true };
  const first = new WakeBudget(stored);
  const around = {
    moment: () => ({ ...clock }),
    schedule: timers.schedule,
    unread: async () => {
      const unread = rows.filter(({ read_at }) => read_at === null);
      return { count: unread.length, rows: unread.map((row) => ({ ...row })) };
    },
    agent: () => "bob",
    isShared: () => false,
    state: () => is.state,
    canBeWoken: () => is.wakeable,
    isInCall: () => is.inCall,
    say: (wake: (typeof said)[number]) => {
      said.push(wake);
      saidAt.push(clock.monotonic);
    },
    note: async (ids: readonly number[]) => {
      if (!is.writable) throw new Error("the disk is full");
      for (const row of rows.filter(({ id }) => ids.includes(id)))
        Object.assign(row, { woken_at: clock.now, wakes: row.wakes + 1 });
    },
  };
  const made = { waker: new Waker(around, first), budget: first };
  return {
    rows,
    said,
    /** when, by the clock that never steps */
    saidAt,
    is,
    budget: () => made.budget,
    timers,
    stir: () => made.waker.stir(),
    settle: (wake: number) => made.waker.settle(wake),
    /** as when the tab's bridge comes back */
    reopen: () => {
      made.waker.stop();
      made.budget = new WakeBudget(WakeBudget.opened(made.budget.stored()));
      made.waker = new Waker(around, made.budget);
      return made.waker.stir();
    },
    /** Something new; the waker is told. */
    put: (line: string, more: Partial<InboxRow> = {}) => {
      rows.push({ ...empty, id: rows.length + 1, line, created_at: clock.now, ...more });
      return made.waker.stir();
    },
    tell: () => rows.forEach((row) => (row.told_at ??= clock.now)),
    read: () => rows.forEach((row) => (row.read_at ??= clock.now)),
    /** Lets time pass in steps, so that each timer runs at its time. */
    pass: async (milliseconds: number) => {
      for (let left = milliseconds; left > 0; left -= 500) {
        clock.now += Math.min(500, left);
        clock.monotonic += Math.min(500, left);
        timers.run();
        await made.waker.stir();
      }
    },
    setClock: (milliseconds: number) => void (clock.now += milliseconds),
  };
}

const empty: InboxRow = {
  id: 0,
  agent: "bob",
  seq: 1,
  reason: "message",
  task_id: null,
  line: "",
  urgent: 0,
  created_at: 0,
  told_at: null,
  read_at: null,
  acked_at: null,
  woken_at: null,
  wakes: 0,
};
