import { stat } from "node:fs/promises";
import { isAbsolute, resolve } from "node:path";
import { type Bus } from "../core/bus.ts";
import type { Store } from "../store/store.ts";
import { findTask } from "../store/tables/ids.ts";
import { toTask } from "../store/tables/tasks.ts";
import type { Event } from "../core/event.ts";
import { type Task } from "../core/task.ts";
import type {
  Archive,
  DaemonControl,
  Inbox,
  PushControl,
  SchemaChecks,
  Services,
} from "../operations/context.ts";
import { nodeToken } from "./node-token.ts";
import { DaemonClock } from "./clock.ts";
import { filesFor } from "./files.ts";
import { OpenAgents } from "./presence.ts";
import { Tabs } from "./tabs/registry.ts";
import { within } from "./within.ts";

const newId = () => Bun.randomUUIDv7();

/** What the daemon's parts have made of themselves by the time that the operations need it. */
interface Parts {
  store: Store;
  bus: Bus;
  daemon: DaemonControl;
  clock: DaemonClock;
  seal: string;
  schemas: SchemaChecks;
  push: PushControl;
  inbox: Inbox;
  archive: Archive;
}

/** Runs something later, unless the returned function is called first. It keeps no daemon up. */
function later(run: () => void, delayMs: number): () => void {
  const timer = setTimeout(run, delayMs).unref();
  return () => clearTimeout(timer);
}

export function servicesOf({ clock, seal, ...parts }: Parts): Services {
  const { store, inbox } = parts;
  const presence = new OpenAgents(() => clock.monotonic());
  const moment = () => clock.moment();
  const tabs = new Tabs({ store, newId, moment, schedule: later, inbox, presence });
  return {
    ...parts,
    clock: () => clock.wall(),
    monotonic: () => clock.monotonic(),
    newId,
    nodeToken: (taskId, epoch) => nodeToken(seal, taskId, epoch),
    fileExists: (path, folder) => exists(isAbsolute(path) ? path : resolve(folder ?? ".", path)),
    presence,
    tabs,
    files: filesFor(() => clock.monotonic()),
    taskOf: oncePerEvent((event) => store.read(async (tx) => rowOf(await findTask(tx, event.task_id ?? "")))),
  };
}

/** A path of an agent's may lie on a file system that never answers: then the file is not there. */
async function exists(path: string): Promise<boolean> {
  const found = stat(path).then(
    () => true,
    () => false,
  );
  return (await within(existsWithinMs, found)) ?? false;
}

const existsWithinMs = 5000;

function rowOf(row: Parameters<typeof toTask>[0] | null): Task | null {
  return row && toTask(row);
}

/** A thousand waiters of one event share one look at its task. */
function oncePerEvent(look: (event: Event) => Promise<Task | null>): (event: Event) => Promise<Task | null> {
  let latest: { seq: number; task: Promise<Task | null> } | null = null;
  return (event) => {
    if (latest?.seq !== event.seq) latest = { seq: event.seq, task: look(event) };
    return latest.task;
  };
}
