import type { Parking, UsageWindow } from "../../core/account.ts";
import type { DataOf, Event } from "../../core/event.ts";
import type { DrawnNode } from "../../core/node.ts";
import type { Question } from "../../core/question.ts";
import type { Run } from "../../core/run.ts";
import { runStandingOf } from "../../core/run-standing.ts";
import { finalStates, treeStatus, type Phase, type RunStanding } from "../../core/words.ts";
import { isHeldUp, isOpenAsk, type NodeView, type RunView } from "./node-view.ts";

/** What is drawn: a run as `runs/get` gives it. */
export interface Drawn {
  run: Run;
  nodes: readonly DrawnNode[];
}

/** What an engine of this process tells of a node sooner than the daemon does. */
export interface LocalProgress {
  model?: string | null;
  activity?: string | null;
  notice?: string | null;
  usd?: number;
  estimated?: boolean;
}

/** What changed in a node: as it was, and as it is. */
export interface NodeChange {
  previous: NodeView | undefined;
  next: NodeView;
}

/** A run as the views draw it, brought up to date by its events. Each event costs the same, however large the tree is. */
export class RunModel {
  #run: Run;
  readonly #nodes: NodeView[] = [];
  readonly #notices: string[] = [];
  /** by node: what its attempts before the present one have spent */
  readonly #spentBefore = new Map<number, number>();
  /** nodes of whose present attempt an engine of this process tells: what the daemon tells of them comes later, and is older */
  readonly #known = new Set<number>();
  #isWorkedOn: boolean;
  #trouble: string | null;
  #parked: Parking | null;
  #windows: readonly UsageWindow[];
  #usd: number;
  #tokens: number;
  #uncounted = 0;
  #active = 0;
  #done = 0;
  /** How long agents have worked until the moment since which the present ones do; null: none does. */
  #worked: { ms: number; since: number | null };

  /** `now`: the moment of the snapshot. */
  constructor({ run, nodes }: Drawn, now: number) {
    this.#run = run;
    this.#usd = run.usd;
    this.#tokens = run.tokens;
    this.#isWorkedOn = run.standing !== "interrupted";
    this.#trouble = run.trouble;
    this.#parked = run.parked;
    this.#windows = run.windows;
    this.#worked = { ms: run.worked_ms, since: null };
    for (const node of nodes) {
      this.#put(viewOf(node), now);
      this.#spentBefore.set(node.number, node.usd - node.attempt_usd);
    }
  }

  get nodes(): readonly NodeView[] {
    return this.#nodes;
  }

  get notices(): readonly string[] {
    return this.#notices;
  }

  /** An engine of this process works on it, whatever the snapshot says. */
  workedOn(): void {
    this.#isWorkedOn = true;
  }

  /** What holds up all work, as an engine of this process knows it; null: nothing. */
  troubled(trouble: string | null): void {
    this.#trouble = trouble;
  }

  /** What is left of the account, as an engine of this process hears it. */
  windows(windows: readonly UsageWindow[]): void {
    this.#windows = windows;
  }

  /** Takes in what no event tells: whether an engine works on it, and what holds that up. */
  refresh(run: Run): void {
    this.#run = run;
    this.#isWorkedOn = run.standing !== "interrupted";
    this.#trouble = run.trouble;
    this.#parked = run.parked;
    this.#windows = run.windows;
  }

  /** Takes in an event of the run; what it changed, if it was a node. */
  apply(event: Event): NodeChange | null {
    if (event.type === "run.approved") this.#approved(event.data.parent, Date.parse(event.at));
    if (event.type === "run.parked") this.#parked = event.data;
    if (event.type === "run.unparked") this.#parked = null;
    if (event.type === "attempt.progress" || event.type === "attempt.ended")
      this.#tokens = event.data.run_tokens ?? this.#tokens;
    if (event.number === null) return null;
    const previous = this.#nodes[event.number - 1];
    const next = previous ? this.#changed(previous, event) : created(event, event.number);
    this.#put(next, Date.parse(event.at));
    return { previous, next };
  }

  /** Takes in what an engine of this process knows already. */
  progress(number: number, progress: LocalProgress, now: number): NodeChange | null {
    const previous = this.#nodes[number - 1];
    if (!previous) return null;
    this.#known.add(number);
    const {
      activity = previous.activity,
      notice = previous.notice,
      estimated = previous.estimated,
    } = progress;
    const usd = progress.usd === undefined ? previous.usd : this.#spend(previous, progress.usd, estimated);
    const isUp = previous.isUp || progress.model !== undefined || activity !== null;
    const next = { ...previous, activity, notice, usd, estimated, isUp, heardAt: now };
    this.#put(next, now);
    return { previous, next };
  }

  notice(text: string): void {
    if (this.#notices.at(-1) !== text) this.#notices.push(text);
  }

  view(now: number): RunView {
    const { ms, since } = this.#worked;
    return {
      id: this.#run.id,
      goal: this.#run.goal,
      now,
      standing: this.#standing(),
      lost: this.#run.lost,
      limit_hit: this.#run.limit_hit,
      trouble: this.#trouble,
      parked: this.#parked,
      windows: [...this.#windows],
      worked_ms: ms + (since === null ? 0 : Math.max(0, now - since)),
      usd: this.#usd,
      estimated: this.#nodes.some((node) => node.estimated),
      uncounted: this.#uncounted,
      totalBudget: this.#run.options.total_budget_usd,
      tokens: this.#tokens,
      totalTokens: this.#run.options.total_tokens,
      agents: this.#active,
      done: this.#done,
      nodes: this.#nodes.filter(({ proposal }) => proposal !== "removed"),
      notices: this.#notices,
    };
  }

  #standing(): RunStanding {
    if (this.#run.ended_at !== null) return this.#run.standing;
    return runStandingOf({
      root: this.#nodes[0]?.status === "paused" ? "paused" : "claimed",
      limitHit: null,
      engines: { present: this.#isWorkedOn, trouble: this.#trouble ?? this.#parked?.reason ?? null },
      asks: this.#nodes.some((node) => isOpenAsk(node)) ? 1 : 0,
      lost: 0,
      proposed: this.#active === 0 && isHeldUp(this.#nodes),
    });
  }

  /** A node's plan is approved, with what its nodes have planned for themselves. */
  #approved(parent: number, at: number): void {
    const planned = new Set([parent]);
    for (const node of this.#nodes) {
      if (node.proposal !== "open" || node.parent === null || !planned.has(node.parent)) continue;
      planned.add(node.number);
      this.#put({ ...node, proposal: null }, at);
    }
  }

  #put(node: NodeView, at: number): void {
    const previous = this.#nodes[node.number - 1];
    this.#active += Number(node.status === "active") - Number(previous?.status === "active");
    this.#uncounted += node.uncounted - (previous?.uncounted ?? 0);
    this.#done += Number(node.status === "complete") - Number(previous?.status === "complete");
    this.#nodes[node.number - 1] = node;
    const { ms, since } = this.#worked;
    if (this.#active > 0) this.#worked.since ??= at;
    else if (since !== null) this.#worked = { ms: ms + Math.max(0, at - since), since: null };
  }

  #changed(node: NodeView, event: Event): NodeView {
    const at = Date.parse(event.at);
    switch (event.type) {
      case "attempt.started":
        this.#isWorkedOn = true;
        this.#spentBefore.set(node.number, node.usd);
        this.#known.delete(node.number);
        return {
          ...node,
          running_since: event.at,
          tries: event.data.tries,
          isUp: false,
          heardAt: at,
          phase: phaseIn(event),
        };
      case "attempt.progress":
        if (this.#known.has(node.number)) return { ...node, ...this.#money(node, event.data) };
        return {
          ...node,
          ...this.#money(node, event.data),
          isUp: node.isUp || event.data.activity !== null,
          heardAt: at,
          activity: event.data.activity,
          notice: event.data.notice,
        };
      case "attempt.ended":
        // what an earlier one cost is in the node's cost already
        if (event.data.attempt !== event.node?.epoch) return node;
        return {
          ...node,
          ...this.#money(node, event.data),
          uncounted: node.uncounted + Number(event.data.counted === false),
        };
      default:
        return moved(node, event, at);
    }
  }

  #money(
    node: NodeView,
    { usd, estimated }: Pick<DataOf<"attempt.ended">, "usd" | "estimated">,
  ): Pick<NodeView, "usd" | "estimated"> {
    return { usd: this.#spend(node, usd, estimated), estimated };
  }

  /**
   * A node's cost is that of its earlier attempts and of this one. It never falls when an older report comes late;
   * only an estimate may be corrected downwards.
   */
  #spend(node: NodeView, attemptUsd: number, isEstimate: boolean): number {
    const told = (this.#spentBefore.get(node.number) ?? 0) + attemptUsd;
    const usd = node.estimated && !isEstimate ? told : Math.max(told, node.usd);
    this.#usd += usd - node.usd;
    return usd;
  }
}

function viewOf(node: DrawnNode): NodeView {
  const heardAt = node.running_since === null ? null : Date.parse(node.running_since);
  return { ...node, isUp: node.activity !== null || node.usd > 0, heardAt };
}

/** A node after it has changed its state, its goal or its lease. */
function moved(node: NodeView, event: Event, at: number): NodeView {
  const { data, type } = event;
  const status = event.state ? treeStatus(event.state) : node.status;
  const phase = phaseIn(event);
  const goal = event.name ?? node.goal;
  const runs = status === "active" && node.status === "active";
  if (runs) return { ...node, goal };
  const ranMs = node.running_since === null ? 0 : Math.max(0, at - Date.parse(node.running_since));
  return {
    ...node,
    goal,
    needs: (type === "task.modified" ? data.needs : undefined) ?? node.needs,
    phase,
    status,
    worked_ms: node.worked_ms + ranMs,
    running_since: null,
    tries: phase === node.phase ? node.tries : 0,
    isUp: false,
    proposal: type === "task.cancelled" && data.removed === true ? "removed" : node.proposal,
    activity: null,
    notice: null,
    result: ("result" in data ? data.result : null) ?? node.result,
    // why a try came to nothing is of no interest any more once the node is complete
    reason:
      ("reason" in data ? data.reason : null) ??
      (isFinal(event) || type === "task.ready" ? null : node.reason),
  };
}

function created(event: Event, number: number): NodeView {
  const data: DataOf<"task.created"> = event.type === "task.created" ? event.data : {};
  const { parent = null, needs = [], question } = data;
  return {
    number,
    parent,
    type: event.kind === "ask" ? "ASK" : parent === null ? "GOAL" : "TASK",
    goal: event.name ?? "",
    status: event.state ? treeStatus(event.state) : "pending",
    phase: "work",
    needs,
    shape: data.shape ?? null,
    worked_ms: 0,
    running_since: null,
    tries: 0,
    usd: 0,
    attempt_usd: 0,
    estimated: false,
    uncounted: 0,
    isUp: false,
    heardAt: null,
    activity: null,
    notice: null,
    result: null,
    reason: null,
    question: question ? askedBy(question) : null,
    proposal: data.proposed === true ? "open" : null,
  };
}

function phaseIn({ node }: Event): Phase {
  return node?.phase ?? "work";
}

function isFinal(event: Event): boolean {
  return event.state !== null && finalStates.includes(event.state);
}

function askedBy({ question, ...asked }: Question): NodeView["question"] {
  return { text: question, ...asked };
}
