import type { A2aVersion } from "../../core/a2a-version.ts";
import { pushBounds } from "../../core/limits.ts";
import type { Tx } from "../store.ts";

/**
 * `live`: something may be delivered. `done`: its task has ended, and all is delivered. `given_up`: a delivery failed for so long
 * that nothing more is tried.
 */
type PushState = "live" | "done" | "given_up";

/** A push configuration of a task. `due` and `give_up` are by the daemon's monotonic clock. */
export interface PushRow {
  task_id: string;
  id: string;
  url: string;
  version: A2aVersion;
  /** sealed with the daemon's token; null for none */
  secrets: string | null;
  state: PushState;
  /** what came up to this event is delivered, and of the next one so many updates */
  seq: number;
  part: number;
  /** failures of the delivery that is next */
  tries: number;
  /** live: when it is tried again; else when it is forgotten */
  due: number;
  /** when a delivery that fails is given up; null while none does */
  give_up: number | null;
  /** why the last try failed */
  trouble: string | null;
  created_at: number;
}

/** Which configuration. */
export type PushKey = Pick<PushRow, "task_id" | "id">;

export function findPushConfig(tx: Tx, { task_id, id }: PushKey): Promise<PushRow | null> {
  return tx.get<PushRow>("SELECT * FROM push_configs WHERE task_id = ? AND id = ?", task_id, id);
}

/** Those of a task that are not given up. There are few. */
export function pushConfigsOf(tx: Tx, taskId: string): Promise<PushRow[]> {
  return tx.all<PushRow>(
    "SELECT * FROM push_configs WHERE task_id = ? AND state <> 'given_up' ORDER BY created_at, id",
    taskId,
  );
}

type Counts = { ofTask: number; all: number };

export async function countPushConfigs(tx: Tx, taskId: string): Promise<Counts> {
  const row = await tx.get<Counts>(
    'SELECT (SELECT count(*) FROM push_configs WHERE task_id = ?) AS ofTask, (SELECT count(*) FROM push_configs) AS "all"',
    taskId,
  );
  return row ?? { ofTask: 0, all: 0 };
}

type NewPush = Pick<PushRow, "task_id" | "id" | "url" | "version" | "secrets" | "seq" | "created_at">;

/** Adds a configuration, or takes the place of one of the same id: what that one has yet to deliver goes to the new URL. */
export async function putPushConfig(tx: Tx, row: NewPush): Promise<void> {
  await tx.run(
    `INSERT INTO push_configs (task_id, id, url, version, secrets, state, seq, created_at) VALUES (?, ?, ?, ?, ?, 'live', ?, ?)
     ON CONFLICT (task_id, id) DO UPDATE SET
       seq = CASE push_configs.state WHEN 'given_up' THEN excluded.seq ELSE push_configs.seq END,
       part = CASE push_configs.state WHEN 'given_up' THEN 0 ELSE push_configs.part END,
       url = excluded.url, version = excluded.version, secrets = excluded.secrets,
       state = 'live', tries = 0, due = 0, give_up = NULL, trouble = NULL`,
    row.task_id,
    row.id,
    row.url,
    row.version,
    row.secrets,
    row.seq,
    row.created_at,
  );
}

export async function removePushConfig(tx: Tx, { task_id, id }: PushKey): Promise<void> {
  await tx.run("DELETE FROM push_configs WHERE task_id = ? AND id = ?", task_id, id);
}

/** A delivery has succeeded: the next one has failed never. The cursor never goes back. */
export async function advancePush(
  tx: Tx,
  { task_id, id }: PushKey,
  { seq, part }: Pick<PushRow, "seq" | "part">,
): Promise<void> {
  await tx.run(
    `UPDATE push_configs SET seq = ?, part = ?, state = 'live', tries = 0, due = 0, give_up = NULL, trouble = NULL
     WHERE task_id = ? AND id = ? AND (seq < ? OR (seq = ? AND part < ?))`,
    seq,
    part,
    task_id,
    id,
    seq,
    seq,
    part,
  );
}

/** A delivery has failed, for the nth time. False: its configuration has been replaced or deleted meanwhile, and is as it was. */
export async function delayPush(
  tx: Tx,
  { task_id, id }: PushKey,
  { tries, due, give_up, trouble }: Pick<PushRow, "tries" | "due" | "give_up" | "trouble">,
): Promise<boolean> {
  const changed = await tx.run(
    `UPDATE push_configs SET state = 'live', tries = ?, due = ?, give_up = ?, trouble = ?
     WHERE task_id = ? AND id = ? AND tries = ?`,
    tries,
    due,
    give_up,
    trouble,
    task_id,
    id,
    tries - 1,
  );
  return changed > 0;
}

/** Nothing more is delivered, for now or for good; it is forgotten after a while. */
export async function restPush(
  tx: Tx,
  { task_id, id }: PushKey,
  state: "done" | "given_up",
  monotonic: number,
): Promise<void> {
  const kept = state === "done" ? pushBounds.keptMs.done : pushBounds.keptMs.givenUp;
  await tx.run(
    "UPDATE push_configs SET state = ?, due = ? WHERE task_id = ? AND id = ?",
    state,
    monotonic + kept,
    task_id,
    id,
  );
}

/** A configuration, as far as it has to be known to say when something is to be done for it. */
export type WatchedPush = PushKey & Pick<PushRow, "url" | "state" | "due">;

/** All that are not given up. */
export function watchedPush(tx: Tx): Promise<WatchedPush[]> {
  return tx.all("SELECT task_id, id, url, state, due FROM push_configs WHERE state <> 'given_up'");
}

/** Removes what has rested for long enough. */
export async function forgetPush(tx: Tx, monotonic: number): Promise<void> {
  await tx.run("DELETE FROM push_configs WHERE state <> 'live' AND due <= ?", monotonic);
}

/** After another boot: a deadline begins anew, with its whole length. */
export async function beginPushAnew(tx: Tx, monotonic: number): Promise<void> {
  await tx.run(
    `UPDATE push_configs SET
       due = CASE state WHEN 'live' THEN 0 WHEN 'done' THEN ? ELSE ? END,
       give_up = CASE WHEN give_up IS NULL THEN NULL ELSE ? END`,
    monotonic + pushBounds.keptMs.done,
    monotonic + pushBounds.keptMs.givenUp,
    monotonic + pushBounds.giveUpMs,
  );
}

/** How many there are, and the first of those whose deliveries fail: those given up before the others. */
export async function pushTrouble(tx: Tx): Promise<{ configurations: number; troubled: PushRow[] }> {
  const counted = await tx.get<{ n: number }>(
    "SELECT count(*) AS n FROM push_configs WHERE state <> 'given_up'",
  );
  const troubled = await tx.all<PushRow>(
    `SELECT * FROM push_configs WHERE trouble IS NOT NULL
     ORDER BY state = 'given_up' DESC, tries DESC, created_at, task_id, id LIMIT ?`,
    maxTroubled,
  );
  return { configurations: counted?.n ?? 0, troubled };
}

const maxTroubled = 20;
