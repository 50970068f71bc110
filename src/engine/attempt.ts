import { messageOf } from "../core/error.ts";
import { nodeNumber, totalTokens } from "../core/words.ts";
import type { AgentEvent, AgentKind, Launch } from "./agents/agent.ts";
import { afterAwake } from "../system/awake-timer.ts";
import { agentNamed } from "./agents/agents.ts";
import type { ApiTrouble } from "./agents/api-trouble.ts";
import type { RunContext, Claimed, Progress } from "./run-context.ts";
import { HandIn } from "./hand-in.ts";
import { Hearing } from "./hearing.ts";
import { afterCutOff, wasAway } from "./cut-off.ts";
import { blamed, diskTrouble, machineNeedsOf, programIdentity } from "./outside.ts";
import { Cost } from "./cost.ts";
import { startProcess, type AgentProcess } from "./process/supervise.ts";
import { ResultCheck } from "./result-check.ts";
import { AgentSession } from "./agent-session.ts";
import { attemptFolder } from "./attempt-folder.ts";
import { NotStarted } from "./process/start-failure.ts";
import { TimeLimit } from "./time-limit.ts";
import { Turns } from "./turns.ts";
import { cutOffs, isOneTry, verdictOf, type CutOff, type Final, type Verdict } from "./verdict.ts";
import { workplaceOf } from "./workplace.ts";

const maxStarts = 5;

/** One attempt at a node: an agent process, started again where a start was none, until there is a verdict. */
export class Attempt {
  readonly node: Claimed;
  readonly number: number;
  readonly #context: RunContext;
  readonly #onProgress: (progress: Progress) => void;
  readonly #stop = Promise.withResolvers<void>();
  readonly #finished = Promise.withResolvers<void>();
  #process: AgentProcess | null = null;
  /** one that does not run yet */
  #starting: AgentProcess | null = null;
  #hearing: Hearing | null = null;
  #turns: Turns | null = null;
  #graceMs: number;
  #completed = false;
  readonly #check: ResultCheck;
  /** where it works */
  #cwd = "";
  readonly #handIn: HandIn;
  /** it has called complete(), whatever was answered */
  #hasTried = false;
  #stopped = false;
  /** there is a verdict: no agent of it runs any more */
  #isOver = false;
  #anew = false;
  readonly #cutOffs = new Set<CutOff>();
  /** what it may use is used up */
  #exceeded: Final | null = null;
  readonly #session: AgentSession;
  /** what it is to be told as soon as it runs */
  readonly #untold: string[] = [];
  readonly #cost: Cost;
  readonly #time: TimeLimit;

  constructor(node: Claimed, context: RunContext, onProgress: (progress: Progress) => void) {
    this.node = node;
    this.number = nodeNumber(node.node_id);
    this.#context = context;
    this.#graceMs = context.graces.term;
    this.#onProgress = onProgress;
    this.#session = new AgentSession(node);
    this.#cost = new Cost(node.session_spent);
    this.#time = new TimeLimit(node.options.timeout_seconds, {
      onNear: (text) => void this.tell(text),
      onOver: () => void this.#end(),
    });
    this.#check = new ResultCheck(node, context, onProgress);
    context.account.claimed(this);
    this.#handIn = new HandIn(() => void context.settleHandedIn(node));
  }

  /** Where its output goes. */
  get folder(): string {
    return attemptFolder(this.#context.folder, this.number, this.node.epoch);
  }

  /** Whether its result, or its decomposition, has been handed in; what still runs is only its last words. */
  get completed(): boolean {
    return this.#completed && !this.#check.isUnderWay;
  }

  /** Resolves when it is to be ended. */
  get stopping(): Promise<void> {
    return this.#stop.promise;
  }

  /** Whether it has handed in something that has to be checked: its agent goes on only if that is refused. */
  get isBeforeCheck(): boolean {
    return this.node.brief.check !== null && (this.#completed || this.#check.isUnderWay);
  }

  /** Runs it to its verdict. Rejects only where its agent cannot be started at all. */
  async run(): Promise<Final> {
    const { outage, account, daemon } = this.#context;
    try {
      let halted = outage.open ? await this.#waitForApi(null) : null;
      for (let starts = 1; ; starts += 1) {
        if (halted !== null) return halted;
        if (this.#stopped) return { kind: "stopped" };
        const parked = account.parkedFor(this);
        if (parked !== null) return { kind: "limited", parked, isHeard: false };
        const mark = daemon.mark();
        this.#anew = false;
        const verdict = await this.#judged(await this.#start(), mark);
        if (verdict.kind === "busy") {
          halted = await this.#waitForApi(verdict.trouble);
          this.#session.cutOff("The API was not there for a while.");
          starts = 0;
        } else if (verdict.kind === "refused") {
          this.#session.refused(verdict.report);
          starts = 0;
        } else if (verdict.kind === "cutOff") {
          this.#cutOffs.add(verdict.by);
          this.#session.cutOff(cutOffs[verdict.by]);
          if (verdict.by !== "shim") starts = 0;
          else if (starts >= maxStarts)
            return { kind: "failed", reason: `its shim was killed, ${starts} times`, final: false };
        } else if (verdict.kind !== "again") return verdict;
        else if (verdict.noDaemon && (await wasAway(daemon, mark, this.#stop.promise))) starts = 0;
        else if (starts >= maxStarts)
          return { kind: "failed", reason: `${verdict.why}, ${starts} times`, final: false };
        else if (!verdict.noDaemon) this.#session.drop();
      }
    } finally {
      this.#isOver = true;
      outage.left(this);
      account.left(this);
      this.#finished.resolve();
    }
  }

  /** Its agent has handed in something: by an event that may come late, when that was refused already. */
  handedIn(seq: number): void {
    if (this.#check.isNew(seq)) this.complete();
  }

  /** Says that the daemon has taken its result: it has a grace for its last words. */
  complete(): void {
    if (this.#completed) return;
    this.#completed = true;
    this.#time.pause();
    // what it is still to say has a bound of its own
    this.#hearing?.close();
    this.#turns?.completed();
    this.#endAfterLastWords();
  }

  /** Ends it, with all it has started. Resolves when nothing of it is left. A second call with no grace is at once. */
  async stop(graceMs: number): Promise<void> {
    this.#stopped = true;
    this.#graceMs = graceMs;
    this.#stop.resolve();
    await this.#end(graceMs);
    await this.#finished.promise;
  }

  /** Ends its agent and starts it again in its session: what it was started with holds no longer. */
  startAnew(): void {
    if (this.#completed || this.#stopped) return;
    this.#anew = true;
    void this.#end();
  }

  /** Ends it: it has used up its share of the run's tokens. */
  exceed(reason: string): void {
    if (this.#completed || this.#stopped || this.#exceeded !== null) return;
    this.#exceeded = { kind: "failed", reason, final: true, limit: totalTokens };
    void this.#end();
  }

  async #end(graceMs = this.#context.graces.term): Promise<void> {
    await (this.#process ?? this.#starting)?.end({ graceMs });
    await this.#check.end(graceMs);
  }

  /** Tells it something: now, or as soon as it runs again. False if its agent takes no messages, or not any more. */
  tell(text: string): boolean {
    if (this.#check.isUnderWay && !this.#stopped) return this.#untold.push(text) > 0;
    // one that has handed in would only be paid for one more turn
    if (this.#completed || this.#stopped || this.#isOver) return false;
    this.#hearing?.stir();
    if (this.#process !== null) return this.#process.tell(text);
    this.#untold.push(text);
    return true;
  }

  /** What it has handed in counts once its check has passed; until then it may have to go on. */
  async #judged(heard: Verdict, mark: number): Promise<Verdict> {
    const ended = {
      node: this.node,
      hasTried: this.#hasTried,
      isMoved: this.#anew,
      mark,
      before: this.#cutOffs,
    };
    const verdict = await afterCutOff(heard, { ...ended, stopped: this.#stop.promise }, this.#context);
    if (verdict.kind === "done") this.complete();
    const judged = await this.#check.judge(
      verdict,
      { cwd: this.#cwd, folder: this.folder },
      this.#stop.promise,
    );
    if (judged.kind === "refused") this.#completed = this.#hasTried = false;
    return judged;
  }

  async #start(): Promise<Verdict> {
    if (this.#stopped) return { kind: "stopped" };
    const agent = agentNamed(this.node.agent);
    const launch = this.#launch(agent);
    this.#cost.begin(launch.resume);
    const hearing = this.#newHearing();
    const turns = this.#newTurns(hearing);
    this.#cwd = launch.cwd;
    const needs = machineNeedsOf(agent, { ...launch, cwd: this.#context.cwd });
    const before = programIdentity(needs);
    const onEvent = (event: AgentEvent) => {
      hearing.hear(event);
      this.#handIn.heard(event);
      turns.heard(event);
    };
    const onUnwritable = (code: string) => this.#context.onTrouble(diskTrouble(launch.dir, code));
    let child: AgentProcess;
    try {
      child = startProcess({ agent, launch, onEvent, onLine: () => hearing.line(), onUnwritable });
      this.#starting = child;
      await child.started;
    } catch (error) {
      this.#starting = null;
      hearing.close();
      if (this.#stopped) return { kind: "stopped" };
      const { silent } = hearing.evidence;
      return silent === null ? notStarted(error) : { kind: "silent", reason: silent };
    }
    this.#begin(child, launch);
    const exit = await child.exited;
    this.#process = null;
    hearing.close();
    turns.close();
    if (this.#exceeded !== null && !this.#completed && !this.#stopped) return this.#exceeded;
    this.#time.pause();
    const heard = hearing.evidence;
    const verdict = verdictOf(
      {
        ...heard,
        kept: heard.began ? heard.kept : agent.refusedStart(exit.tail),
        completed: this.#completed,
        stopped: this.#stopped,
        resumed: launch.resume,
        late: this.#time.reason,
        shared: this.node.shared,
        lastText: turns.lastText,
        isCutShort: !turns.isFinished && (turns.isUnderWay || exit.isCutOff),
        lastWords: turns.lastWords,
        exit,
      },
      agent,
    );
    const trouble = this.#hasTried ? this.#context.trouble() : null;
    // its hand-in was not taken: its last text does not replace it, and giving up is not its fault
    if (trouble !== null && (verdict.kind === "handIn" || isOneTry(verdict)))
      return { kind: "outside", trouble };
    return blamed(verdict, { needs, before, began: heard.began, code: exit.code });
  }

  /** Its process runs. */
  #begin(child: AgentProcess, { prompt, dir, resume, sessionId }: Launch): void {
    this.#starting = null;
    this.#process = child;
    this.#time.begin();
    letGoOf(prompt);
    this.#onProgress({ pid: child.pid, dir, ...(resume ? { sessionId } : {}) });
    for (const text of this.#untold.splice(0)) child.tell(text);
    if (this.#stopped || this.#anew) void child.end({ graceMs: this.#graceMs });
  }

  #launch(agent: AgentKind): Launch {
    const { node } = this;
    const { runId, mcpUrl, env, permissionMode, isolate } = this.#context;
    const { cwd, allowed_tools: allowedTools = null } = node.options;
    const session = this.#session.next();
    letGoOf(session.prompt);
    return {
      runId,
      mcpUrl,
      cwd: workplaceOf(agent, this.#context, cwd),
      env,
      permissionMode,
      allowedTools,
      isolate,
      ...session,
      node: node.node_id,
      epoch: node.epoch,
      token: node.token,
      model: node.model,
      budgetUsd: this.#cost.leftOf(node.budget_usd),
      dir: this.folder,
    };
  }

  #newTurns(hearing: Hearing): Turns {
    this.#turns = new Turns(
      {
        // one that is being ended ends its turn
        tell: (text) => this.#process !== null && !this.#anew && !hearing.isOver && this.tell(text),
        onNotice: (notice) => this.#onProgress({ notice }),
        finish: () => this.#finish(),
      },
      this.#context.graces,
    );
    return this.#turns;
  }

  #newHearing(): Hearing {
    this.#hearing = new Hearing(this.#context.silence, this.#cost, {
      onProgress: this.#onProgress,
      onAnswer: () => this.#answered(),
      onWindows: (windows) => this.#context.account.heard(windows, this),
      onComplete: () => (this.#hasTried = true),
      end: () => void this.#end(),
    });
    return this.#hearing;
  }

  /** No further turn is wanted: the agent exits, or is ended after a grace. */
  #finish(): void {
    this.#process?.closeStdin();
    this.#endLater(this.#context.graces.afterResult);
  }

  /** The model has answered: its session is worth going on with, and the API is there. */
  #answered(): void {
    this.#context.outage.answered(this);
    this.#context.account.answered(this);
    if (this.#session.isBegun) return;
    this.#session.begin();
    this.#onProgress({ sessionId: this.#session.id });
  }

  /** An agent that is fixing what was refused beside its complete() is not yet at its last words. */
  #endAfterLastWords(): void {
    const child = this.#process;
    if (!child) return;
    const stop = afterAwake(this.#context.graces.afterComplete, () => {
      if (this.#handIn.isOpen) this.#endAfterLastWords();
      else void child.end({ graceMs: this.#context.graces.term });
    });
    void child.exited.then(stop);
  }

  /** Neither its exit nor the end of its output is awaited without a bound. */
  #endLater(ms: number): void {
    const child = this.#process;
    if (!child) return;
    const stop = afterAwake(ms, () => void child.end({ graceMs: this.#context.graces.term }));
    void child.exited.then(stop);
  }

  /** Waits until the API may be tried. A verdict if that did not come about. */
  async #waitForApi(trouble: ApiTrouble | null): Promise<Final | null> {
    const onNotice = (notice: string) => this.#onProgress({ notice });
    const how = await this.#context.outage.wait(this, trouble, this.#stop.promise, onNotice);
    this.#onProgress({ notice: null });
    return how === "go" ? null : { kind: "halted", reason: how.reason };
  }
}

function notStarted(error: unknown): Verdict {
  if (error instanceof NotStarted && error.isCutOff) return { kind: "cutOff", by: "shim" };
  return error instanceof NotStarted && error.trouble !== null
    ? { kind: "outside", trouble: error.trouble }
    : { kind: "failed", reason: messageOf(error), final: false };
}

const bulkyPrompt = 1_000_000;

/** A prompt of megabytes leaves several times its size as garbage, which the collector would leave for long. */
function letGoOf({ length }: string): void {
  if (length > bulkyPrompt) Bun.gc(true);
}
