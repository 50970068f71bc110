import {
  birthsOf,
  lateResultsOf,
  olderTask,
  tasksByIds,
  treeOf,
  type BirthRow,
} from "../store/projection.ts";
import { eventsSince } from "../store/tables/events.ts";
import { openQuestionOf } from "../store/lifecycle/conversation.ts";
import { artifactsOf, countMessages, shortMessagesOf } from "../store/tables/messages.ts";
import { findRun } from "../store/tables/runs.ts";
import type { Store, Tx } from "../store/store.ts";
import { needsOf } from "../store/tables/node-row.ts";
import { toTask } from "../store/tables/tasks.ts";
import { time } from "../store/tables/time.ts";
import type { Vault } from "../vault/keeper.ts";
import type { Birth, RunRecord, Source, TaskRecord } from "../vault/source.ts";
import { parseJson } from "../core/json.ts";
import { nodeOptionsOf, shapeIn } from "../core/node-options.ts";

interface KeptVault {
  /** The seq of the last event that is drawn; 0 as long as that is not known. */
  drawnTo(): number;
  stop(): Promise<void>;
}

/** Keeps a vault of what the store holds. The code for it is loaded only by a daemon that has a vault. */
export function startVault(store: Store, path: string, complain: (sentence: string) => void): KeptVault {
  let opened: Vault | null = null;
  const vault: Promise<Vault> = import("../vault/keeper.ts").then(({ keepVault }) => {
    const kept = keepVault({ path, source: sourceOver(store), complain });
    store.onCommit(() => kept.wake());
    opened = kept;
    return kept;
  });
  return { drawnTo: () => opened?.drawnTo() ?? 0, stop: () => vault.then((kept) => kept.stop()) };
}

/** What a vault is drawn from, read from the store. */
export function sourceOver(store: Store): Source {
  return {
    events: (since, limit) => store.read(async (tx) => (await eventsSince(tx, since, {}, limit)).events),
    tasks: (ids) => store.read((tx) => recordsOf(tx, ids)),
    births: (ids) => store.read(async (tx) => (await birthsOf(tx, ids)).map(birth)),
    referred: (by, ids) => store.read((tx) => referred(tx, by, ids)),
    run: (id) => store.read((tx) => runRecord(tx, id)),
  };
}

async function recordsOf(tx: Tx, ids: readonly string[]): Promise<TaskRecord[]> {
  const records: TaskRecord[] = [];
  for (const row of await tasksByIds(tx, ids)) {
    const late = await lateResultsOf(tx, row.id);
    const question = openQuestionOf(row);
    const messages = await shortMessagesOf(tx, row.id, shownMessages, shownBytes);
    const count = await countMessages(tx, row.id);
    const artifacts = await artifactsOf(tx, row.id);
    records.push({
      task: {
        ...toTask(row),
        ...(question === null ? {} : { question }),
        ...(messages.length === 0 ? {} : { messages }),
        ...(artifacts.length === 0 ? {} : { artifacts }),
      },
      unshown: count - messages.length,
      late: late.map(({ agent, late_result }) => ({ agent, result: parseJson(late_result) })),
    });
  }
  return records;
}

/** A note is drawn anew with each message: it has the newest, and none that is long. */
const shownMessages = 50;
const shownBytes = 16_384;

/** As much of an id as is sure to be meant as one. */
const idPattern = /^[0-9a-f-]{8,36}$/i;

async function referred(tx: Tx, by: string, ids: readonly string[]): Promise<Map<string, Birth>> {
  const found = new Map<string, Birth>();
  for (const id of new Set(ids)) {
    const older = idPattern.test(id) ? await olderTask(tx, id, by) : null;
    const [row] = older === null ? [] : await birthsOf(tx, [older]);
    if (row) found.set(id, birth(row));
  }
  return found;
}

function birth({ id, seq, at, name }: BirthRow): Birth {
  return { id, seq, at: time(at), name };
}

/** Null for one that was removed: its notes stay as they are, since they are the person's. */
async function runRecord(tx: Tx, id: string): Promise<RunRecord | null> {
  const [run, nodes] = [await findRun(tx, id), await treeOf(tx, id)];
  return (
    run && {
      id: run.id,
      goal: run.goal,
      project: run.project,
      usd: run.spent_usd,
      created: time(run.created_at),
      ended: run.ended_at === null ? null : time(run.ended_at),
      nodes: nodes.map(({ id, number, parent_id, state, needs, options }) => ({
        id,
        number,
        parentId: parent_id,
        state,
        needs: needsOf({ needs }),
        shape: shapeIn(nodeOptionsOf({ options })),
      })),
    }
  );
}
