import type { Spending } from "../../core/budget.ts";
import { knownIf } from "../../core/counted.ts";
import type { AttemptExit, AttemptState, Phase } from "../../core/words.ts";
import { parseJson } from "../../core/json.ts";
import type { RunRow } from "./runs.ts";
import { appendTaskEvent } from "./events.ts";
import { numberOf, oneRow } from "./one-row.ts";
import { getTask } from "./ids.ts";
import type { Tx, Value } from "../store.ts";
import { empty, insertOf, namesOf, word } from "./columns.ts";
import type { NodeRow } from "./node-row.ts";
import type { TaskRow } from "./task-row.ts";

/** What an engine may report of an attempt while it runs, as it is at first. */
const reported = {
  session_id: empty<string>(),
  pid: empty<number>(),
  dir: empty<string>(),
  model: empty<string>(),
  usd: 0,
  /** 1 as long as usd was counted by cord, from tokens and a price list */
  estimated: 0,
  input_tokens: 0,
  /** of the input, what was read from the cache */
  cached_tokens: 0,
  output_tokens: 0,
  denials: 0,
  /** which tools it was not allowed to use, and how often, as JSON */
  denied: empty<string>(),
  activity: empty<string>(),
  notice: empty<string>(),
  reason: empty<string>(),
  exit: empty<AttemptExit>(),
};

/** All columns of an attempt, as they are at first. */
export const attemptColumns = {
  task_id: "",
  epoch: 0,
  run_id: empty<string>(),
  phase: empty<Phase>(),
  agent: empty<string>(),
  engine: empty<string>(),
  state: word<AttemptState>("running"),
  budget_usd: empty<number>(),
  /** null: none of its own, but what the run has */
  budget_tokens: empty<number>(),
  ...reported,
  /** 0: nothing is known of what it has cost */
  counted: 0,
  /** 1: its engine says when all calls of a message have come; until then a result is held back */
  settles: 0,
  /** the result that is held back, as JSON */
  handed_in: empty<string>(),
  said: empty<string>(),
  /** its checks, the newest last, as JSON; see core/check.ts */
  checks: empty<string>(),
  late_result: empty<string>(),
  started_at: 0,
  ended_at: empty<number>(),
};

/** One execution of a node by one agent process. */
export type AttemptRow = typeof attemptColumns;

const columns = namesOf(attemptColumns);
const insertSql = insertOf("attempts", columns);

type Of = Pick<AttemptRow, "task_id" | "epoch" | "run_id" | "started_at">;

/** Adds an attempt, or keeps of it in one column what there is now, where it was added before. */
export async function addAttempt(
  tx: Tx,
  attempt: Of & Partial<AttemptRow>,
  kept?: "said" | "late_result",
): Promise<void> {
  const row: AttemptRow = { ...attemptColumns, ...attempt };
  const conflict =
    kept === undefined ? "" : ` ON CONFLICT (task_id, epoch) DO UPDATE SET ${kept} = excluded.${kept}`;
  await tx.run(`${insertSql}${conflict}`, ...columns.map((column) => row[column]));
}

/** What an engine may report of a running attempt; what is undefined stays as it is. */
type AttemptReport = { [Field in keyof typeof reported]?: AttemptRow[Field] | undefined };

export async function startAttempt(
  tx: Tx,
  row: NodeRow,
  about: {
    agent: string;
    model: string | null;
    engine: string;
    budgetUsd: number | null;
    budgetTokens: number | null;
    settles: boolean;
    /** the one that it goes on with; null: it begins one */
    sessionId: string | null;
  },
  now: number,
): Promise<void> {
  const { agent, model, engine, budgetUsd, budgetTokens, settles, sessionId } = about;
  await addAttempt(tx, {
    ...ofTask(row),
    phase: row.phase,
    agent,
    model,
    engine,
    budget_usd: budgetUsd,
    budget_tokens: budgetTokens,
    settles: Number(settles),
    session_id: sessionId,
    started_at: now,
  });
  const data = { agent, tries: row.failures + 1 };
  await appendTaskEvent(tx, row, now, { type: "attempt.started", data });
}

/** Sets what was reported, keeps the run's spending in step, and says so. */
export async function reportAttempt(
  tx: Tx,
  row: NodeRow,
  epoch: number,
  report: AttemptReport,
  ended: boolean,
  now: number,
): Promise<void> {
  const before = await tx.get<AttemptRow>(
    "SELECT * FROM attempts WHERE task_id = ? AND epoch = ?",
    row.id,
    epoch,
  );
  if (!before) return;
  const values: Record<string, Value> = {};
  for (const [name, value] of Object.entries(report)) if (value !== undefined) values[name] = value;
  if (ended) Object.assign(values, { state: "ended", ended_at: now, activity: null, notice: null });
  const counted = report.usd !== undefined || before.counted === 1 || (ended && !hasBegun(before, report));
  if (Number(counted) !== before.counted) values["counted"] = Number(counted);
  const names = Object.keys(values);
  if (names.length === 0) return;
  await tx.run(
    `UPDATE attempts SET ${names.map((name) => `${name} = ?`).join(", ")} WHERE task_id = ? AND epoch = ?`,
    ...Object.values(values),
    row.id,
    epoch,
  );
  const runTokens = await keepInStep(tx, before, report);
  const { activity = before.activity, notice = before.notice, usd = before.usd, reason = null } = report;
  const told = {
    attempt: epoch,
    usd,
    estimated: (report.estimated ?? before.estimated) === 1,
    ...knownIf(counted),
    ...(runTokens === null ? {} : { run_tokens: runTokens }),
  };
  await appendTaskEvent(
    tx,
    row,
    now,
    ended
      ? { type: "attempt.ended", data: { ...told, reason } }
      : { type: "attempt.progress", data: { ...told, activity, notice } },
  );
}

/** Whether its agent was started: what never was has cost nothing. */
function hasBegun(before: AttemptRow, report: AttemptReport): boolean {
  return (report.pid ?? before.pid) !== null;
}

/** What its run has spent is what its attempts have. The tokens of all of them now, where that has changed. */
async function keepInStep(tx: Tx, before: AttemptRow, report: AttemptReport): Promise<number | null> {
  const { usd, input_tokens, output_tokens } = before;
  const spent = (report.usd ?? usd) - usd;
  const tokens =
    (report.input_tokens ?? input_tokens) + (report.output_tokens ?? output_tokens) - tokensOf(before);
  if (spent === 0 && tokens === 0) return null;
  const isSynthesis = before.phase === "synthesis";
  const run = await oneRow<{ spent_tokens: number }>(
    tx,
    `UPDATE runs SET spent_usd = spent_usd + ?, synthesis_usd = synthesis_usd + ?,
       spent_tokens = spent_tokens + ?, synthesis_tokens = synthesis_tokens + ? WHERE id = ?
     RETURNING spent_tokens`,
    spent,
    isSynthesis ? spent : 0,
    tokens,
    isSynthesis ? tokens : 0,
    before.run_id,
  );
  return run.spent_tokens;
}

function tokensOf({ input_tokens, output_tokens }: AttemptRow): number {
  return input_tokens + output_tokens;
}

/** What a node said when it completed its work phase; its result is still to come. One claimed by hand has no attempt until then. */
export async function keepSaid(tx: Tx, row: TaskRow, said: string, now: number): Promise<void> {
  const { phase, claimed_by: agent, claimed_at } = row;
  const ended = { state: "ended", started_at: claimed_at ?? now, ended_at: now } as const;
  await addAttempt(tx, { ...ofTask(row), phase, agent, said, ...ended }, "said");
}

function ofTask({ id, epoch, run_id }: TaskRow) {
  return { task_id: id, epoch, run_id };
}

/** What a node said last when it handed out work, as text; null if nothing. */
export async function lastSaid(tx: Tx, taskId: string): Promise<string | null> {
  const row = await tx.get<{ said: string }>(
    "SELECT said FROM attempts WHERE task_id = ? AND said IS NOT NULL ORDER BY epoch DESC LIMIT 1",
    taskId,
  );
  const said: unknown = row === null ? null : parseJson(row.said);
  return said === null || typeof said === "string" ? said : JSON.stringify(said);
}

export function attemptsOf(tx: Tx, taskId: string): Promise<AttemptRow[]> {
  return tx.all<AttemptRow>("SELECT * FROM attempts WHERE task_id = ? ORDER BY epoch", taskId);
}

export function attemptsOfRun(tx: Tx, runId: string): Promise<AttemptRow[]> {
  return tx.all<AttemptRow>("SELECT * FROM attempts WHERE run_id = ? ORDER BY task_id, epoch", runId);
}

/**
 * What a run's attempts have spent, and what running ones may still spend: their budgets less what they have spent.
 * An attempt at its last words reserves nothing: it spends at most one more call, and others would wait for it.
 */
export async function spendingOf(
  tx: Tx,
  run: Pick<RunRow, "id" | "root_id" | "spent_usd" | "synthesis_usd" | "spent_tokens" | "synthesis_tokens">,
): Promise<Spending> {
  const rows = await tx.all<{ phase: Phase | null; running: number; usd: number; tokens: number }>(
    `SELECT attempts.phase AS phase, count(*) AS running,
       sum(CASE WHEN NOT ${isSettled} THEN ${leftOf("budget_usd", "usd")} ELSE 0 END) AS usd,
       sum(CASE WHEN NOT ${isSettled} THEN ${leftOf("budget_tokens", usedTokens)} ELSE 0 END) AS tokens
     FROM attempts JOIN tasks ON tasks.id = attempts.task_id
     WHERE attempts.run_id = ? AND attempts.state = 'running' GROUP BY attempts.phase`,
    run.id,
  );
  const last = await oneRow<{ usd: number; tokens: number }>(
    tx,
    `SELECT coalesce(sum(usd + CASE WHEN state = 'running' THEN ${leftOf("budget_usd", "usd")} ELSE 0 END), 0) AS usd,
       coalesce(sum(${usedTokens} +
         CASE WHEN state = 'running' THEN ${leftOf("budget_tokens", usedTokens)} ELSE 0 END), 0) AS tokens
     FROM attempts WHERE task_id = ? AND phase = 'synthesis'`,
    run.root_id,
  );
  const syntheses = rows.find(({ phase }) => phase === "synthesis");
  return {
    usd: {
      spent: run.spent_usd,
      reserved: rows.reduce((sum, { usd }) => sum + usd, 0),
      synthesis: run.synthesis_usd + (syntheses?.usd ?? 0),
      last: last.usd,
    },
    tokens: {
      spent: run.spent_tokens,
      reserved: rows.reduce((sum, { tokens }) => sum + tokens, 0),
      synthesis: run.synthesis_tokens + (syntheses?.tokens ?? 0),
      last: last.tokens,
    },
    running: rows.reduce((sum, { running }) => sum + running, 0),
  };
}

const usedTokens = "(input_tokens + output_tokens)";

/** What an attempt may still use of a budget, as SQL; of none nothing is held back. */
function leftOf(budget: string, used: string): string {
  return `CASE WHEN ${budget} > ${used} THEN ${budget} - ${used} ELSE 0 END`;
}

/**
 * Of a running attempt and its task: what it still says are its last words. One that has only handed in is not settled:
 * what its message has cost is not reported yet.
 */
const isSettled = "tasks.state IN ('completed', 'waiting')";

/** How many agents are at work on a run, whichever engine started them, without those at their last words. */
export function countWorking(tx: Tx, runId: string): Promise<number> {
  return numberOf(
    tx,
    `SELECT count(*) AS n FROM attempts JOIN tasks ON tasks.id = attempts.task_id AND tasks.epoch = attempts.epoch
     WHERE attempts.run_id = ? AND attempts.state = 'running' AND tasks.state = 'claimed'`,
    runId,
  );
}

/**
 * Ends attempts whose end nobody will report, and emits the events, because others may wait for their budget. Either
 * those of a task up to an epoch, or those of an engine in a run.
 */
export async function endAttempts(
  tx: Tx,
  of: { taskId: string; upToEpoch: number } | { runId: string; engine: string },
  reason: string,
  at: number,
): Promise<void> {
  const [where, values] =
    "taskId" in of
      ? ["task_id = ? AND epoch <= ?", [of.taskId, of.upToEpoch]]
      : ["run_id = ? AND engine = ?", [of.runId, of.engine]];
  const ended = await tx.all<Pick<AttemptRow, "task_id" | "epoch" | "usd" | "estimated" | "counted">>(
    `UPDATE attempts SET state = 'ended', exit = 'lost', reason = ?, activity = NULL, notice = NULL,
       counted = CASE WHEN pid IS NULL THEN 1 ELSE counted END,
       ended_at = CASE WHEN started_at > ? THEN started_at ELSE ? END
     WHERE ${where} AND state = 'running' RETURNING task_id, epoch, usd, estimated, counted`,
    reason,
    at,
    at,
    ...values,
  );
  for (const { task_id, epoch, usd, ...told } of ended) {
    const row = await getTask(tx, task_id);
    const known = { estimated: told.estimated === 1, ...knownIf(told.counted === 1) };
    const data = { attempt: epoch, usd, ...known, reason };
    await appendTaskEvent(tx, row, at, { type: "attempt.ended", data });
  }
}
