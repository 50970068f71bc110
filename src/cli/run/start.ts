import { tell } from "../output.ts";
import { environment } from "../../system/environment.ts";
import { connectForLong } from "../../client/connect.ts";
import type { Client, Output } from "../../client/client.ts";
import { runFolder } from "../../client/paths.ts";
import { CordError } from "../../core/error.ts";
import { shortRun } from "../../core/node-refusal.ts";
import { type LimitPolicy, type PlanScope } from "../../core/words.ts";
import type { RunOptions } from "../../core/run.ts";
import { agentNamed, refusePermissionMode } from "../../engine/agents/agents.ts";
import { Engine } from "../../engine/engine.ts";
import type { Ending } from "../../engine/engine-options.ts";
import { projectOf } from "../options.ts";
import { approveShown, decidePlans, planNotice } from "./approval.ts";
import { Notifier } from "./notify.ts";
import { goalOf, namesSkill } from "./goal.ts";
import type { Goal } from "./plan.ts";
import type { SkillGoal } from "./skill-goal.ts";
import { actionsOn } from "./acts.ts";
import { straysIn } from "../../engine/process/strays.ts";
import { uncommittedFiles } from "../../engine/working-tree.ts";
import { exitCodeOf, printResult, printTree, summaryOf } from "./ending.ts";
import { sharedTreeWarning } from "./first-lines.ts";
import { showRun, type Show } from "./show.ts";
import { interruptedLike, takeUpRun, wantsToGoOn } from "./take-up.ts";
import { returnsGiven, type ReturnFlags, type Returns } from "./returns.ts";
import { runSetup } from "./setup.ts";
import { withTrust } from "./trust.ts";

interface Flags extends ReturnFlags {
  budget: number;
  totalBudget: number;
  totalTokens?: number;
  onLimit: LimitPolicy;
  plan?: PlanScope | true;
  check?: string;
  checkTimeout: number;
  notify?: string;
  setup?: string;
  /** by role or depth */
  models: Record<string, string>;
  model: string;
  jobs: number;
  maxDepth: number;
  maxNodes: number;
  maxChildren: number;
  stall: number;
  trust?: true;
  timeout?: number;
  permissionMode: string;
  isolate?: true;
  agent: string;
  json?: true;
  url?: string;
}

/** One `cord run`, from its words to its exit code. Nothing is started before all that can be checked is. */
export async function startRun(words: string[], flags: Flags, given: ReadonlySet<string>): Promise<number> {
  if (flags.resume !== null && words.length > 0) {
    throw new CordError(
      "usage",
      "--resume goes on with a run that has its goal already. Leave the goal out, or leave out --resume.",
    );
  }
  const returns = returnsGiven(flags, given);
  const goal = flags.resume === null ? await beginningOf(words, flags, given) : null;
  const options =
    goal === null ? optionsOf(flags) : await checked(withSkill(optionsOf(flags), goal), process.cwd(), given);
  const said: Listener = { hear: tell };
  const client = await connectForLong(flags.url, (line) => said.hear(line));
  const resumed = goal === null ? (flags.resume ?? true) : await offerSameRun(client, goal, returns, options);
  if (resumed === null && options.setup !== null) await runSetup(options.setup, process.cwd());
  const runId =
    resumed === null && goal !== null
      ? await createRun(client, goal, returns, options)
      : await takeUpRun(client, resumed ?? true, (kept, cwd) =>
          checked({ ...kept, ...optionsGiven(flags, given) }, cwd, given),
        );
  if (resumed !== null) await approveShown(client, runId);
  const notifier = new Notifier();
  try {
    for (;;) {
      const worked = await work(client, runId, said, notifier);
      const { how } = worked.ending;
      if (how === "proposed") {
        if ((await decidePlans(client, runId, flags.json === true)) === "later") return 0;
        continue;
      }
      const stands = await readStanding(client, runId, worked);
      // whoever opened it as its engine was at its end was told that one works on it
      if (how !== "ended" || stands.run.ended_at !== null) return await finish(stands, worked, flags);
      tell(`Run ${shortRun(runId)} was opened again as it ended; it goes on.`);
    }
  } finally {
    await notifier.settled();
  }
}

/** What the words begin a run with: a goal, or a skill that has decomposed one. */
async function beginningOf(
  words: readonly string[],
  flags: Flags,
  given: ReadonlySet<string>,
): Promise<Goal | SkillGoal> {
  if (!namesSkill(words)) return goalOf(words);
  const { goalOfSkill } = await import("./skill-goal.ts");
  const how = { isRehearsed: flags.rehearse === true, isTrustGiven: flags.trust === true };
  const goal = await goalOfSkill(words, how);
  return given.has("returns") ? { ...goal, returns: null } : goal;
}

/** A skill's check is the root's, where no other is given. */
function withSkill(options: RunOptions, goal: Goal | SkillGoal): RunOptions {
  return "check" in goal ? { ...options, check: options.check ?? goal.check } : options;
}

/** The run of the same goal that was interrupted, where the person would rather go on with that. */
async function offerSameRun(
  client: Client,
  { goal }: Goal,
  returns: Returns,
  { agent }: RunOptions,
): Promise<string | null> {
  if (returns.returns !== "text") return null;
  const like = await interruptedLike(client, { goal, agent });
  return like !== null && (await wantsToGoOn(like)) ? like.id : null;
}

/** Who is told what is to be known of the daemon: the screen, while there is one. */
interface Listener {
  hear(line: string): void;
}

/** Throws what keeps the run's agent from starting in its folder, before anything is. */
async function checked(options: RunOptions, cwd: string, given: ReadonlySet<string>): Promise<RunOptions> {
  const agent = agentNamed(options.agent);
  refusePermissionMode(agent, options.permission_mode);
  agent.locate(environment);
  return withTrust(options, cwd, given.has("trust"));
}

async function createRun(
  client: Client,
  goal: Goal | SkillGoal,
  returns: Returns,
  options: RunOptions,
): Promise<string> {
  const { run_id } = await client.call("runs/create", {
    goal: goal.goal,
    ...(goal.prompt === null ? {} : { prompt: goal.prompt }),
    ...returns,
    ...("nodes" in goal
      ? { nodes: goal.nodes, root: goal.root, ...(goal.returns === null ? {} : { returns: goal.returns }) }
      : {}),
    project: projectOf(),
    cwd: process.cwd(),
    options,
  });
  return run_id;
}

/** Which flag sets which option of a run. */
const flagOf: Readonly<Record<keyof RunOptions, readonly (keyof Flags)[]>> = {
  budget_usd: ["budget"],
  total_budget_usd: ["totalBudget"],
  jobs: ["jobs"],
  max_depth: ["maxDepth"],
  max_nodes: ["maxNodes"],
  timeout_seconds: ["timeout"],
  model: ["model"],
  agent: ["agent", "rehearse"],
  permission_mode: ["permissionMode"],
  isolate: ["isolate"],
  stall_seconds: ["stall"],
  max_children: ["maxChildren"],
  trust: ["trust"],
  trust_digest: ["trust"],
  total_tokens: ["totalTokens"],
  on_limit: ["onLimit"],
  plan: ["plan"],
  check: ["check"],
  check_seconds: ["checkTimeout"],
  notify: ["notify"],
  setup: ["setup"],
  models: [],
};

function optionsGiven(flags: Flags, given: ReadonlySet<string>): Partial<RunOptions> {
  const isGiven = (option: string) =>
    Object.entries(flagOf).some(([name, names]) => name === option && names.some((flag) => given.has(flag)));
  return Object.fromEntries(Object.entries(optionsOf(flags)).filter(([option]) => isGiven(option)));
}

function optionsOf(flags: Flags): RunOptions {
  return {
    budget_usd: flags.budget,
    total_budget_usd: flags.totalBudget,
    jobs: flags.jobs,
    max_depth: flags.maxDepth,
    max_nodes: flags.maxNodes,
    timeout_seconds: flags.timeout ?? null,
    model: flags.model,
    agent: flags.rehearse ? "rehearsal" : flags.agent,
    permission_mode: flags.permissionMode,
    isolate: flags.isolate ?? false,
    stall_seconds: flags.stall,
    max_children: flags.maxChildren,
    trust: flags.trust ?? false,
    total_tokens: flags.totalTokens ?? null,
    on_limit: flags.onLimit,
    plan: flags.plan === true ? "root" : (flags.plan ?? null),
    // no words: none, as for a run that goes on without
    check: flags.check || null,
    check_seconds: flags.checkTimeout,
    notify: flags.notify || null,
    setup: flags.setup || null,
    models: flags.models,
  };
}

interface Worked {
  ending: Ending;
  notices: readonly string[];
  /** how long the daemon has to say how the run stands */
  readTimeoutMs: number;
}

/** Runs the engine under the view until the run is over, cut off, or waits for a person who approves a plan. */
async function work(client: Client, runId: string, said: Listener, notifier: Notifier): Promise<Worked> {
  const snapshot = await client.call("runs/get", { run_id: runId });
  const view = showRun(snapshot, {
    onInterrupt: () => void engine.interrupt(),
    ...actionsOn(client, runId),
  });
  const engine = new Engine({
    client,
    runId,
    snapshot,
    options: snapshot.run.options,
    cwd: snapshot.run.cwd ?? process.cwd(),
    folder: runFolder(runId),
    env: environment,
    leavesPlans: true,
    onEvent: (event) => {
      view.event(event);
      notifier.hear(event);
      const waits = planNotice(event, runId);
      if (waits !== null) view.notice(waits);
    },
    onProgress: (number, progress) => view.progress(number, progress),
    onNotice: (text) => view.notice(text, engine.trouble),
    onWindows: (windows) => view.windows(windows),
  });
  notifier.attach({ run: snapshot.run, url: client.url, onNotice: (text) => said.hear(text) });
  const { hear } = said;
  said.hear = (line) => view.notice(line.replace(/^cord: /, ""));
  void warnOfSharedTree(snapshot.run, view);
  let ending: Ending;
  try {
    ending = await engine.run();
    notifier.stopped(ending);
  } catch (error) {
    throw withoutDaemon(error, runId);
  } finally {
    await view.close();
    said.hear = hear;
  }
  const readTimeoutMs = engine.leftDaemon ? leftWordMs : lastWordMs;
  return { ending, notices: view.notices, readTimeoutMs };
}

/** The daemon was given up. What it knows of the run is in its database. */
function withoutDaemon(error: unknown, runId: string): unknown {
  if (!(error instanceof CordError) || error.code === "not_found") return error;
  const kept = `The run is kept; go on with it when that is fixed: cord run --resume ${shortRun(runId)}`;
  return new CordError(error.code, `${error.message} ${kept}`, { cause: error });
}

const gitWithinMs = 5000;

/** Beside the start of the first agent, which does not wait for it. */
async function warnOfSharedTree(run: { cwd: string | null; options: RunOptions }, view: Show): Promise<void> {
  const { agent, jobs, isolate } = run.options;
  // with --isolate nothing in the folder may have an effect, and git reads the folder's configuration
  if (agent === "rehearsal" || jobs < 2 || isolate) return;
  const changed = await uncommittedFiles(run.cwd ?? process.cwd(), gitWithinMs);
  const warning = sharedTreeWarning(changed, run.options);
  if (warning !== null) view.notice(warning);
}

/** How a run stands, and its root's result. */
type Standing = Output<"runs/get"> & { outcome: Output<"runs/result"> };

async function finish(
  { run, nodes, outcome }: Standing,
  { ending, notices }: Worked,
  flags: Flags,
): Promise<number> {
  const summary = summaryOf(run, nodes, outcome, ending, straysIn(run.cwd ?? process.cwd()));
  printTree({ run, nodes }, notices);
  await printResult({ run, nodes, outcome, summary, json: flags.json === true });
  return exitCodeOf(outcome.state, run.limit_hit, ending);
}

/** If the run was ended early, a daemon that does not answer is not waited for. */
async function readStanding(
  client: Client,
  runId: string,
  { ending, readTimeoutMs }: Worked,
): Promise<Standing> {
  const signal = ending.how === "ended" ? undefined : AbortSignal.timeout(readTimeoutMs);
  try {
    const snapshot = await client.call("runs/get", { run_id: runId }, signal);
    return { ...snapshot, outcome: await client.call("runs/result", { run_id: runId }, signal) };
  } catch (error) {
    if (ending.how === "ended" || ending.how === "proposed") throw error;
    const { code, says } = cutOff[ending.how];
    const how = "reason" in ending ? ending.reason : says;
    throw new CordError(
      code,
      `${how} The daemon does not say how the run stands; go on with it later: cord run --resume ${shortRun(runId)}`,
      { cause: error },
    );
  }
}

const lastWordMs = 3000;
/** Of a daemon that was waited for already, or no longer. */
const leftWordMs = 500;

const cutOff = {
  interrupted: { code: "interrupted", says: "The run was interrupted." },
  timeout: { code: "limit", says: "The time of the run is up." },
  limited: { code: "limit", says: "The account of the run is used up." },
  halted: { code: "failed", says: "The run was halted." },
} as const;
