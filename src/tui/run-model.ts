import type { Event } from "../core/event.ts";
import { treeStatus } from "../core/task.ts";
import type { NodeStatus, NodeView, RunView } from "./model.ts";

/** A run as `runs/get` gives it; the times in RFC 3339. */
export interface RunSnapshot {
  run: {
    id: string;
    goal: string;
    usd: number;
    created_at: string;
    options: { total_budget_usd: number | null };
  };
  nodes: readonly {
    number: number;
    parent: number | null;
    type: "GOAL" | "TASK" | "ASK";
    goal: string;
    status: string;
    phase: string;
    needs: number[];
    started_at: string | null;
    ended_at: string | null;
    usd: number;
    activity: string | null;
    notice: string | null;
    result: string | null;
    reason: string | null;
    question: { text: string; options: string[]; default: string | null } | null;
  }[];
}

/** What an engine of this process tells of a node sooner than the daemon does. */
export interface LocalProgress {
  activity?: string | null;
  notice?: string | null;
  usd?: number;
}

/** What changed in a node: as it was, and as it is. */
export interface NodeChange {
  previous: NodeView | undefined;
  next: NodeView;
}

/** A run as the views draw it, brought up to date by its events. Each event costs the same, however large the tree is. */
export class RunModel {
  readonly #run: RunSnapshot["run"];
  readonly #nodes: NodeView[] = [];
  readonly #notices: string[] = [];
  /** by node: what its attempts before the present one have spent */
  readonly #spentBefore = new Map<number, number>();
  #usd: number;
  #active = 0;

  constructor({ run, nodes }: RunSnapshot) {
    this.#run = run;
    this.#usd = run.usd;
    for (const { question, ...node } of nodes) {
      this.#put({
        ...node,
        status: statusOf(node.status),
        phase: node.phase === "synthesis" ? "synthesis" : "work",
        startedAt: node.started_at === null ? null : Date.parse(node.started_at),
        endedAt: node.ended_at === null ? null : Date.parse(node.ended_at),
        ...(question ? { question } : {}),
      });
      this.#spentBefore.set(node.number, node.usd);
    }
  }

  get nodes(): readonly NodeView[] {
    return this.#nodes;
  }

  /** Takes in an event of the run; what it changed, if it was a node. */
  apply(event: Event): NodeChange | null {
    if (event.number === null) return null;
    const previous = this.#nodes[event.number - 1];
    const next = previous ? this.#changed(previous, event) : created(event);
    this.#put(next);
    return { previous, next };
  }

  /** Takes in what an engine of this process knows already. */
  progress(number: number, progress: LocalProgress): NodeChange | null {
    const previous = this.#nodes[number - 1];
    if (!previous) return null;
    const { activity = previous.activity, notice = previous.notice } = progress;
    const usd = progress.usd === undefined ? previous.usd : this.#spend(previous, progress.usd);
    const next = { ...previous, activity, notice, usd };
    this.#put(next);
    return { previous, next };
  }

  notice(text: string): void {
    if (this.#notices.at(-1) !== text) this.#notices.push(text);
  }

  view(now: number): RunView {
    return {
      id: this.#run.id,
      goal: this.#run.goal,
      now,
      startedAt: Date.parse(this.#run.created_at),
      usd: this.#usd,
      totalBudget: this.#run.options.total_budget_usd,
      agents: this.#active,
      nodes: this.#nodes,
      notices: this.#notices,
    };
  }

  #put(node: NodeView): void {
    const previous = this.#nodes[node.number - 1];
    this.#active += Number(node.status === "active") - Number(previous?.status === "active");
    this.#nodes[node.number - 1] = node;
  }

  #changed(node: NodeView, event: Event): NodeView {
    const { data } = event;
    const at = Date.parse(event.at);
    switch (event.type) {
      case "attempt.started":
        this.#spentBefore.set(node.number, node.usd);
        return {
          ...node,
          startedAt: node.startedAt ?? at,
          phase: data["phase"] === "synthesis" ? "synthesis" : "work",
        };
      case "attempt.progress":
        return {
          ...node,
          usd: this.#spend(node, numberIn(data["usd"])),
          activity: textIn(data["activity"]),
          notice: textIn(data["notice"]),
        };
      case "attempt.ended":
        return { ...node, usd: this.#spend(node, numberIn(data["usd"])) };
      default:
        return {
          ...node,
          goal: event.name ?? node.goal,
          phase: data["phase"] === "synthesis" ? "synthesis" : "work",
          status: event.state ? treeStatus(event.state) : node.status,
          activity: event.type === "task.claimed" ? node.activity : null,
          notice: event.type === "task.claimed" ? node.notice : null,
          result: textIn(data["result"]) ?? node.result,
          reason: textIn(data["reason"]) ?? node.reason,
          endedAt: isFinal(event) ? at : null,
        };
    }
  }

  /** A node's cost is that of its earlier attempts and of this one. */
  #spend(node: NodeView, attemptUsd: number): number {
    const usd = (this.#spentBefore.get(node.number) ?? 0) + attemptUsd;
    this.#usd += Math.max(0, usd - node.usd);
    return Math.max(usd, node.usd);
  }
}

function created(event: Event): NodeView {
  const question = questionIn(event.data["question"]);
  const parent = event.data["parent"];
  return {
    number: event.number ?? 0,
    parent: typeof parent === "number" ? parent : null,
    type: event.kind === "ask" ? "ASK" : typeof parent === "number" ? "TASK" : "GOAL",
    goal: event.name ?? "",
    status: event.state ? treeStatus(event.state) : "pending",
    phase: "work",
    needs: Array.isArray(event.data["needs"])
      ? event.data["needs"].filter((need) => typeof need === "number")
      : [],
    startedAt: null,
    endedAt: null,
    usd: 0,
    activity: null,
    notice: null,
    result: null,
    reason: null,
    ...(question ? { question } : {}),
  };
}

const statuses: readonly NodeStatus[] = [
  "pending",
  "active",
  "waiting",
  "paused",
  "complete",
  "failed",
  "cancelled",
];

function statusOf(word: string): NodeStatus {
  return statuses.find((status) => status === word) ?? "pending";
}

function isFinal(event: Event): boolean {
  return event.state === "completed" || event.state === "failed" || event.state === "cancelled";
}

function questionIn(value: unknown): NodeView["question"] | null {
  if (typeof value !== "object" || value === null || !("question" in value)) return null;
  const options = "options" in value && Array.isArray(value.options) ? value.options.map(String) : [];
  return {
    text: String(value.question),
    options,
    default: "default" in value ? textIn(value.default) : null,
  };
}

function textIn(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function numberIn(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
