import { plain } from "../core/text.ts";
import type { NodeStatus } from "./model.ts";
import { painter } from "./theme.ts";
import type { Tone } from "./theme.ts";
import { duration, usd } from "./time.ts";
import { cut } from "./width.ts";

/** How a run ended, or why this engine left it. */
export type Outcome = "complete" | "failed" | "cancelled" | "interrupted" | "stopped by a limit";

export interface Summary {
  /** The run's id, as a person would type it. */
  run: string;
  outcome: Outcome;
  /** Of the run itself: the limit that was met, the signal, why the root failed. */
  reason: string | null;
  elapsedMs: number;
  usd: number;
  totalBudget: number | null;
  tokens: { input: number; output: number; cacheRead: number; cacheWrite: number };
  nodes: Partial<Record<NodeStatus, number>>;
  /** The nodes that failed, and those cancelled, with their reasons. */
  losses: { number: number; status: "failed" | "cancelled"; goal: string; reason: string | null }[];
  /** What agents were not allowed to do. */
  denials: { number: number; tool: string; count: number }[];
  /** Whether `cord run --resume` would go on with it. */
  resumable: boolean;
}

/** The end of a run, for stderr. Text of the model is made safe. */
export function summaryLines(summary: Summary, { color } = { color: false }): string[] {
  const paint = painter(color);
  const why = summary.reason === null ? "" : `: ${plain(summary.reason)}`;
  const title = `cord run ${plain(summary.run)}  ${summary.outcome} after ${duration(summary.elapsedMs)}${why}`;
  const entries = [
    entry("nodes", nodesText(summary)),
    entry(
      "cost",
      summary.totalBudget === null ? usd(summary.usd) : `${usd(summary.usd)} of ${usd(summary.totalBudget)}`,
    ),
    entry("tokens", tokensText(summary)),
    ...losses(summary),
    ...denials(summary),
    ...(summary.resumable ? [entry("resume", `cord run --resume ${plain(summary.run)}`)] : []),
  ];
  return [
    paint(TONE[summary.outcome], title),
    ...entries.map(({ label, text }) => `  ${paint("detail", label.padEnd(11))}${text}`),
  ];
}

const TONE: Record<Outcome, Tone> = {
  complete: "complete",
  failed: "failed",
  cancelled: "failed",
  interrupted: "notice",
  "stopped by a limit": "notice",
};

/** The longest list of losses or denials; a wide tree that lost a common need could name hundreds. */
const MOST_LISTED = 20;

interface Entry {
  label: string;
  text: string;
}

function entry(label: string, text: string): Entry {
  return { label, text };
}

const STATES: NodeStatus[] = ["complete", "failed", "cancelled", "active", "waiting", "paused", "pending"];

function nodesText({ nodes }: Summary): string {
  const parts = STATES.flatMap((status) => (nodes[status] ? [`${nodes[status]} ${status}`] : []));
  return parts.length > 0 ? parts.join(", ") : "none";
}

function tokensText({ tokens }: Summary): string {
  const parts = [`${compact(tokens.input)} in`, `${compact(tokens.output)} out`];
  if (tokens.cacheRead > 0) parts.push(`${compact(tokens.cacheRead)} read from cache`);
  if (tokens.cacheWrite > 0) parts.push(`${compact(tokens.cacheWrite)} written to cache`);
  return parts.join(", ");
}

/** `950`, `12.3k`, `1.2M`. */
function compact(count: number): string {
  if (count < 1000) return String(count);
  return count < 999_950 ? `${shortened(count / 1000)}k` : `${shortened(count / 1_000_000)}M`;
}

function shortened(count: number): string {
  return count < 99.95 ? count.toFixed(1).replace(/\.0$/, "") : count.toFixed(0);
}

function losses(summary: Summary): Entry[] {
  const listed = summary.losses.slice(0, MOST_LISTED).map(({ status, number, goal, reason }) => {
    const why = reason === null || reason === "" ? "" : `: ${cut(plain(reason), 400)}`;
    return entry(status, `#${number} ${cut(plain(goal), 100)}${why}`);
  });
  return [...listed, ...more(summary.losses.length)];
}

function denials(summary: Summary): Entry[] {
  const listed = summary.denials.slice(0, MOST_LISTED).map(({ number, tool, count }) => {
    return entry("denied", `#${number} ${cut(plain(tool), 100)}${count > 1 ? `, ${count} times` : ""}`);
  });
  return [...listed, ...more(summary.denials.length)];
}

function more(length: number): Entry[] {
  return length > MOST_LISTED ? [entry("", `… and ${length - MOST_LISTED} more`)] : [];
}
