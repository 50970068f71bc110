import { createBus } from "../../../src/core/bus.ts";
import { openSqlite } from "../../../src/store/database/sqlite.ts";
import { noteLapsing } from "../../../src/store/lifecycle/lapsing.ts";
import { sweep } from "../../../src/store/lifecycle/sweep.ts";
import { findTask } from "../../../src/store/tables/ids.ts";
import { toTask } from "../../../src/store/tables/tasks.ts";
import type { StoredTask, TaskRow } from "../../../src/store/tables/task-row.ts";
import { CordError } from "../../../src/core/error.ts";
import type { Event } from "../../../src/core/event.ts";
import { schemaMisfit, schemaProblem } from "../../../src/core/result-schema.ts";
import type { RunOptions } from "../../../src/core/run.ts";
import type { Caller } from "../../../src/core/tree.ts";
import { operations, type OperationName } from "../../../src/operations/list.ts";
import type { Operation } from "../../../src/operations/operation.ts";
import { Inboxes } from "../../../src/server/inbox/inboxes.ts";
import { filesFor } from "../../../src/server/files.ts";
import { OpenAgents } from "../../../src/server/presence.ts";
import { Tabs } from "../../../src/server/tabs/registry.ts";
import type {
  Archive,
  DaemonControl,
  Inbox,
  PushControl,
  Services,
} from "../../../src/operations/context.ts";
import type { Store } from "../../../src/store/store.ts";
import { runOptions } from "../run-options.ts";
import { Timers } from "../timers.ts";

export const human: Caller = { kind: "human" };

/** The real operations over a real store in memory, and a clock that only the test moves. */
export interface Rig {
  services: Services;
  store: Store;
  /** all events so far, as the bus told them */
  events: Event[];
  /** the wall clock */
  now(): number;
  monotonic(): number;
  /** Lets time pass, by both clocks. */
  advance(milliseconds: number): void;
  /** Sets the wall clock forward, or back. */
  setWallClock(milliseconds: number): void;
  /** files that exist, for results of type file */
  files: Set<string>;
  call(name: OperationName, input: object, caller?: Caller, signal?: AbortSignal): Promise<unknown>;
  sweep(): Promise<void>;
  rows(): Promise<StoredTask[]>;
  node(runId: string, number: number): Promise<TaskRow>;
  /** the caller that a node's token stands for, in the attempt it is in now */
  asNode(runId: string, number: number): Promise<Caller>;
  startRun(options?: Partial<RunOptions>): Promise<string>;
  close(): Promise<void>;
}

/** There is no daemon around the operations here. */
export const nobody: DaemonControl = {
  about: () => {
    throw new Error("there is no daemon here");
  },
  backUp: () => Promise.reject(new Error("there is no daemon here")),
  stop: () => {},
};

/** Nobody has an inbox here. */
export const noInbox: Inbox = {
  settled: async () => {},
  unread: async () => ({ count: 0, rows: [] }),
  hasUntold: () => false,
  tell: async () => null,
  heard: async () => {},
  put: async () => {},
  changingWatches: (_, change) => change(),
  onNew: () => () => {},
};

/** Nothing is delivered here. */
export const noPush: PushControl = {
  isAllowed: false,
  target: () => {
    throw new CordError("not_allowed", "Push notifications are off here.");
  },
  sealer: async () => ({ seal: () => "", open: () => null }),
  changed: () => {},
};

/** Nothing is archived here. */
export const noArchive: Archive = {
  read: async () => {
    throw new CordError("not_found", "This daemon keeps no archive.");
  },
};

const newId = () => Bun.randomUUIDv7();

function complain(sentence: string): never {
  throw new Error(sentence);
}

/** hasInboxes false: nobody follows the log for them. */
export function openRig(store = openSqlite(":memory:"), hasInboxes = true): Rig {
  const bus = createBus();
  const events: Event[] = [];
  const files = new Set<string>();
  const clock = { wall: Date.parse("2026-01-01T00:00:00Z"), monotonic: 1000 };
  store.onCommit((committed) => bus.publish(committed));
  bus.tap((event) => void events.push(event));
  const moment = () => ({ now: clock.wall, monotonic: clock.monotonic });
  const inboxes = hasInboxes ? new Inboxes({ store, clock: () => clock.wall, complain }) : null;
  const inbox = inboxes ?? noInbox;
  const presence = new OpenAgents(() => clock.monotonic);
  const timers = new Timers(() => clock.monotonic);
  const services: Services = {
    store,
    bus,
    daemon: nobody,
    clock: () => clock.wall,
    monotonic: () => clock.monotonic,
    newId,
    nodeToken: (taskId, epoch) => `token of ${taskId} ${epoch}`,
    fileExists: async (path) => files.has(path),
    schemas: {
      misfit: async (type, schema, value) => schemaMisfit(type, schema, value),
      problem: async (schema) => schemaProblem(schema),
    },
    presence,
    push: noPush,
    archive: noArchive,
    tabs: new Tabs({ store, newId, moment, schedule: timers.schedule, inbox, presence }),
    inbox,
    files: filesFor(() => clock.monotonic),
    taskOf: (event) =>
      store.read(async (tx) => {
        const row = await findTask(tx, event.task_id ?? "");
        return row && toTask(row);
      }),
  };
  const rig: Rig = {
    services,
    store,
    events,
    files,
    now: () => clock.wall,
    monotonic: () => clock.monotonic,
    advance(milliseconds) {
      clock.wall += milliseconds;
      clock.monotonic += milliseconds;
      timers.run();
    },
    setWallClock: (milliseconds) => void (clock.wall += milliseconds),
    call: async (name, input, caller = human, signal = new AbortController().signal) => {
      const operation: Operation = operations[name];
      return operation.output.parse(await operation.perform(services, caller, input, signal));
    },
    async sweep() {
      const when = { now: clock.wall, monotonic: clock.monotonic };
      await sweep(store, when);
      await noteLapsing(store, when);
    },
    rows: () => store.read((tx) => tx.all<StoredTask>("SELECT * FROM tasks ORDER BY ordinal")),
    node: async (runId, number) => {
      const row = await store.read((tx) =>
        tx.get<TaskRow>("SELECT * FROM tasks WHERE run_id = ? AND number = ?", runId, number),
      );
      if (!row) throw new Error(`there is no node #${number}`);
      return row;
    },
    asNode: async (runId, number) => {
      const { id, path, epoch } = await rig.node(runId, number);
      return { kind: "node", runId, taskId: id, number, path: path ?? "", epoch };
    },
    startRun: async (options = {}) => {
      const created = await rig.call("runs/create", { goal: "goal", options: { ...runOptions, ...options } });
      return textField(created, "run_id");
    },
    close: async () => {
      await inboxes?.stop();
      await store.close();
    },
  };
  return rig;
}

/** A field of an answer that has to be text. */
export function textField(answer: unknown, name: string): string {
  const value: unknown =
    typeof answer === "object" && answer !== null ? Reflect.get(answer, name) : undefined;
  if (typeof value !== "string") throw new Error(`${name} is missing in ${JSON.stringify(answer)}`);
  return value;
}
