import { Database } from "bun:sqlite";
import { join } from "node:path";
import type { Output } from "../../../src/client/client.ts";
import type { ToolResult } from "../claude/model.ts";
import { runWorld, type World } from "../machine/run-world.ts";
import { isDaemon } from "../machine/processes.ts";
import { randomFrom, type Random } from "../random.ts";
import { accountFor } from "./account.ts";
import { Killer, type Killed } from "./killer.ts";
import { billOf, type Bill } from "./money.ts";
import { personOf } from "./person.ts";
import {
  askingIn,
  checkedIn,
  each,
  goalsOf,
  question,
  resultOf,
  rootGoal,
  treeScript,
  wholeResult,
  type Plan,
} from "./tree.ts";

/**
 * A run whose engine and daemon are killed at random moments, and that is gone on with each time: under limits, with checks, and with a
 * person who answers its questions and lets it go on when its account is open again.
 */
export interface CrashOptions {
  plan: Plan;
  kills: number;
  random: Random;
  /** says what is killed, and when */
  log?: (line: string) => void;
}

export interface Crashed {
  killed: Killed;
  /** how often the account was used up */
  closings: number;
  requests: number;
  usd: number;
  bill: Bill;
}

const limits = [
  "--model",
  "claude-sonnet-4-5",
  "--budget",
  "5",
  "--total-budget",
  "60",
  "--total-tokens",
  "30000000",
  "--timeout",
  "2h",
];
const rootCheck = 'echo . >> "check root"; [ $(wc -l < "check root") -ge 2 ]';

/** Rejects with all that is not as it should be in the end. */
export async function crashRun({ plan, kills, random, log = () => {} }: CrashOptions): Promise<Crashed> {
  const mayEnd = Promise.withResolvers<void>();
  // each has choices of its own: the kills come the same way again, whatever the others do meanwhile
  const own = () => randomFrom(random.int(2 ** 31));
  const account = accountFor(treeScript(plan, mayEnd.promise), own());
  await using world = await runWorld(account.script);
  delete world.env["ANTHROPIC_API_KEY"];
  world.env["CLAUDE_CODE_OAUTH_TOKEN"] = "a subscription's";
  const flags = ["--jobs", "4", ...limits, "--check", rootCheck, "--notify", "echo $CORD_EVENT >> notified"];
  const first = world.start("run", rootGoal, ...flags);
  await world.model.waitFor(() => true);
  const [{ id: runId } = { id: "" }] = await world.client.call("runs/list", {});
  const person = personOf({ world, account, random: own(), runId });
  const killer = new Killer({ world, account, person, random: own(), runId, log });
  try {
    const last = await killer.killAll(first, kills);
    mayEnd.resolve();
    const { code, out, err } = await last.ended;
    const left = world.processes().filter((found) => !isDaemon(found));
    const snapshot = await world.client.call("runs/get", { run_id: runId });
    const bill = billOf(world.model.charges, join(world.data, "cord/runs", runId));
    const wrong = [
      ...(code === 0 ? [] : [`it ended with ${code}`]),
      ...(out.trim() === wholeResult(plan) ? [] : [`its result is ${out}`]),
      ...left.map(({ argv }) => `${argv.join(" ").slice(0, 200)} is left`),
      ...nodeFaults(plan, snapshot),
      ...doubleResults(world, runId),
      ...(await checkFaults(plan, world, snapshot)),
      ...moneyFaults(bill, snapshot),
    ];
    const refusals = new Set(
      world.model.requests.flatMap(({ lastResults }) => lastResults.flatMap(refusalIn)),
    );
    if (wrong.length > 0)
      throw new Error([...wrong, "What agents were answered:", ...refusals, err].join("\n"));
    const { requests } = world.model;
    return {
      killed: killer.killed,
      closings: account.closings(),
      requests: requests.length,
      usd: snapshot.run.usd,
      bill,
    };
  } finally {
    await person.leave();
  }
}

type Snapshot = Output<"runs/get">;

/** Each node of the plan is there once and complete, and each question was put once. */
function nodeFaults(plan: Plan, { nodes }: Snapshot): string[] {
  const wanted = [...goalsOf(plan), ...askingIn(plan).map(question)];
  const counts = Map.groupBy(nodes, ({ goal }) => goal);
  const unknown = nodes.filter(({ goal }) => !wanted.includes(goal)).map(({ goal }) => `${goal} is too much`);
  const wrong = wanted.flatMap((goal) => {
    const states = counts.get(goal)?.map(({ number, status }) => `#${number} ${status}`) ?? [];
    const [{ result } = { result: null }] = counts.get(goal) ?? [];
    if (goal.startsWith("Leaf ") && goal !== each && result !== resultOf(goal))
      return [`${goal} has the result ${result}`];
    const isRight = states.length === 1 && states[0]?.endsWith(" complete") === true;
    return isRight ? [] : [`${goal}: ${states.join(", ") || "not there"}`];
  });
  return [...unknown, ...wrong];
}

/** By its events each node, and each question, has been completed once. */
function doubleResults({ data }: World, runId: string): string[] {
  const database = new Database(join(data, "cord/cord.db"), { readonly: true });
  try {
    return database
      .query<{ number: number; name: string; times: number }, [string]>(
        `SELECT tasks.number AS number, tasks.name AS name, count(events.seq) AS times FROM tasks
         LEFT JOIN events ON events.task_id = tasks.id AND events.type = 'task.completed'
         WHERE tasks.run_id = ? GROUP BY tasks.id HAVING times <> 1`,
      )
      .all(runId)
      .map(({ number, name, times }) => `#${number} ${name} was completed ${times} times`);
  } finally {
    database.close();
  }
}

/** What has a check has been refused by it first, and let through by it last. */
async function checkFaults(plan: Plan, { client }: World, { run, nodes }: Snapshot): Promise<string[]> {
  const faults: string[] = [];
  for (const goal of [rootGoal, ...checkedIn(plan)]) {
    const number = nodes.find((node) => node.goal === goal)?.number ?? 0;
    const { attempts } = await client.call("nodes/read", { run_id: run.id, node_id: `#${number}` });
    const verdicts = attempts.flatMap(({ checks }) => checks.map(({ verdict }) => verdict));
    const passed = verdicts.filter((verdict) => verdict === "passed").length;
    if (passed !== 1 || verdicts.at(-1) !== "passed")
      faults.push(`#${number} ${goal} was checked: ${verdicts.join(", ")}`);
  }
  return faults;
}

function refusalIn({ isError, text }: ToolResult): string[] {
  return isError ? [text.slice(0, 300)] : [];
}

function moneyFaults(bill: Bill, { run, nodes }: Snapshot): string[] {
  const sum = (of: (node: Snapshot["nodes"][number]) => number) =>
    nodes.reduce((total, node) => total + of(node), 0);
  const input = sum((node) => node.input_tokens);
  return [
    ...within("the run's USD", run.usd, bill.usd),
    ...within("its input tokens", input, bill.inputTokens),
    ...(isNear(
      run.usd,
      sum((node) => node.usd),
    )
      ? []
      : ["the nodes' USD are not the run's"]),
    ...(run.tokens === input + sum((node) => node.output_tokens)
      ? []
      : ["the nodes' tokens are not the run's"]),
  ];
}

const isNear = (one: number, other: number) => Math.abs(one - other) < 1e-6;

function within(what: string, value: number, { least, most }: { least: number; most: number }): string[] {
  const isWithin = value >= least - 1e-6 && value <= most + 1e-6;
  return isWithin ? [] : [`${what}: ${value}, and the model charged from ${least} to ${most}`];
}
