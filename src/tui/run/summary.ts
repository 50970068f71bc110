import { listed } from "../../core/wording.ts";
import { plain } from "../../core/text.ts";
import type { Node } from "../../core/node.ts";
import type { Run } from "../../core/run.ts";
import type { Lost, TreeStatus } from "../../core/words.ts";
import { Reasons } from "./reasons.ts";
import { painter } from "../terminal/theme.ts";
import type { Tone } from "../terminal/theme.ts";
import { compact, cost, duration, unknown, usd } from "../time.ts";
import { cut, wrap } from "../terminal/width.ts";

/** How a run ended, or why this engine left it. */
export type Outcome = "complete" | "failed" | "cancelled" | "interrupted" | "stopped by a limit";

export interface Summary extends Pick<Run, "worked_ms" | "lost" | "usd" | "estimated" | "uncounted"> {
  /** The run's id, as a person would type it. */
  run: string;
  outcome: Outcome;
  /** Whether there is a result, as there is of most runs that a limit has cut short. */
  hasReport: boolean;
  /** Of the run itself: the limit that was met, the signal, why the root failed. */
  reason: string | null;
  totalBudget: number | null;
  totalTokens: number | null;
  /** cached: of the input, what was read from the cache. */
  tokens: { input: number; cached: number; output: number };
  nodes: Partial<Record<TreeStatus, number>>;
  /** The first below the root; the root where there is none. */
  firstNode: number;
  /** The nodes that failed, and those cancelled, with their reasons. */
  losses: (Pick<Node, "number" | "goal" | "reason"> & { status: Lost; isMoot: boolean; hasLog: boolean })[];
  /** What agents were not allowed to do. */
  denials: { number: number; tool: string; count: number }[];
  /** Processes that may be of the run, and were not the run's to end. */
  strays: readonly { pid: number; name: string }[];
  /** Whether `cord run --resume` would go on with it. */
  resumable: boolean;
  /** What is left of the account, as `5 h 83 %, resets 16:52`. */
  headroom: readonly string[];
  /** The flag with a higher limit, if it was that which cut the run short. */
  higher: string | null;
}

interface SummaryLook {
  color: boolean;
  /** Lines are broken between words at this width; null: not at all, as suits a file. */
  width: number | null;
}

/** The end of a run, for stderr. Text of the model is made safe. */
export function summaryLines(summary: Summary, look: SummaryLook = { color: false, width: null }): string[] {
  const paint = painter(look.color);
  const stands = summary.losses.some(({ reason }) => reason === summary.reason);
  const why = summary.reason === null || stands ? "" : `: ${plain(summary.reason)}`;
  const title = `cord run ${plain(summary.run)}  ${outcomeText(summary)} after ${duration(summary.worked_ms)}${why}`;
  const spent = cost(summary) + (summary.totalBudget === null ? "" : ` of ${usd(summary.totalBudget)}`);
  const entries = [
    entry("nodes", nodesText(summary)),
    entry("cost", spent),
    entry("tokens", tokensText(summary)),
    ...(summary.headroom.length > 0 ? [entry("account", summary.headroom.join("; "))] : []),
    ...losses(summary),
    ...denials(summary),
    ...strays(summary),
    command("a node", `cord show ${nodeToShow(summary)} --run ${plain(summary.run)}`),
    ...(summary.hasReport ? [command("report", `cord report ${plain(summary.run)}`)] : []),
    command("page", `cord report ${plain(summary.run)} --open`),
    ...goOn(summary),
  ];
  const tone = summary.lost > 0 ? "notice" : tones[summary.outcome];
  return [
    ...broken(title, look.width).map((line) => paint(tone, line)),
    ...entries.flatMap(({ label, text, isCommand }) =>
      broken(text, look.width === null || isCommand ? null : look.width - indentWidth).map((line, at) =>
        at === 0
          ? `  ${paint("detail", label.padEnd(indentWidth - 2))}${line}`
          : " ".repeat(indentWidth) + line,
      ),
    ),
  ];
}

/** How what is open is gone on with, and how what was lost in a run that is over is tried again. */
function goOn({ run, resumable, outcome, losses, higher }: Summary): Entry[] {
  const resume = `cord run --resume ${plain(run)}${higher === null ? "" : ` ${higher}`}`;
  if (resumable) return [command("resume", resume)];
  const failed = losses.filter(({ status, isMoot }) => status === "failed" && !isMoot);
  if (failed.length === 0 && outcome !== "stopped by a limit") return [];
  const [first, second] = failed;
  return [
    command("try again", resume),
    ...(first && second ? [command("only one", `cord retry ${first.number} --run ${plain(run)}`)] : []),
  ];
}

const indentWidth = 13;
const maxLines = 12;

function broken(text: string, width: number | null): string[] {
  return width === null ? [text] : wrap(text, Math.max(20, width), maxLines);
}

function outcomeText({ outcome, lost, nodes }: Summary): string {
  const all = Object.values(nodes).reduce((sum, count) => sum + count, 0);
  return outcome === "complete" && lost > 0 ? `complete but ${lost} of ${all} lost` : outcome;
}

const tones: Record<Outcome, Tone> = {
  complete: "complete",
  failed: "failed",
  cancelled: "failed",
  interrupted: "notice",
  "stopped by a limit": "notice",
};

/** The longest list of losses or denials; a wide tree that lost a common need could name hundreds. */
const maxListed = 20;

/** The most nodes that are named before one reason. */
const maxNamed = 3;

interface Entry {
  label: string;
  text: string;
  /** It is to be pasted, so it is never broken into lines. */
  isCommand: boolean;
}

function entry(label: string, text: string): Entry {
  return { label, text, isCommand: false };
}

function command(label: string, text: string): Entry {
  return { label, text, isCommand: true };
}

function strays({ strays: all }: Summary): Entry[] {
  if (all.length === 0) return [];
  const named = listed(
    all.map(({ pid, name }) => `${plain(name)} (pid ${pid})`),
    maxNamed,
  );
  const [was, them] = all.length === 1 ? ["was", "it"] : ["were", "them"];
  return [
    entry(
      "left",
      `${named} ${was} started in the run's directory meanwhile, by none of its agents' processes; end ${them} if you do not want ${them}`,
    ),
  ];
}

const statuses: TreeStatus[] = ["complete", "failed", "cancelled", "active", "waiting", "paused", "pending"];

function nodesText({ nodes }: Summary): string {
  const parts = statuses.flatMap((status) => (nodes[status] ? [`${nodes[status]} ${status}`] : []));
  return parts.length > 0 ? parts.join(", ") : "none";
}

function tokensText({ tokens, totalTokens, uncounted }: Summary): string {
  if (uncounted > 0 && tokens.input + tokens.output === 0) return unknown;
  const cached = tokens.cached === 0 ? "" : ` (${compact(tokens.cached)} from the cache)`;
  const total = totalTokens === null ? "" : `, of ${compact(totalTokens)}`;
  const more = uncounted === 0 ? "" : "at least ";
  return `${more}${compact(tokens.input)} in${cached}, ${compact(tokens.output)} out${total}`;
}

/** What failed comes first: the rest may follow from it. A reason that several nodes have stands once, after their names. */
function losses(summary: Summary): Entry[] {
  const reasons = new Reasons(summary.losses);
  const failedFirst = summary.losses.toSorted((left, right) => right.status.localeCompare(left.status));
  const groups = Map.groupBy(failedFirst, (node) => `${node.status} ${reasons.own(node)}`);
  const listed = [...groups.values()].slice(0, maxListed).flatMap((some) => {
    const [first] = some;
    if (first === undefined) return [];
    const shown = some.slice(0, maxNamed).map(({ number, goal }) => `#${number} ${cut(plain(goal), 100)}`);
    const names = [
      shown.join(", "),
      ...(some.length > shown.length ? [`${some.length - shown.length} more`] : []),
    ];
    const reason = cut(plain(reasons.own(first)), 400);
    const why = reason === "" ? "" : `: ${reason}`;
    const log = command("", `cord logs ${first.number} --run ${plain(summary.run)}`);
    return [
      entry(first.status, names.join(" and ") + why),
      ...(first.status === "failed" && first.hasLog ? [log] : []),
    ];
  });
  return [...listed, ...more(groups.size)];
}

/** The number of a node worth a look: one that failed, else one that was lost, else the first that the root has created. */
function nodeToShow({ losses, firstNode }: Summary): number {
  const lost = losses.find(({ status }) => status === "failed") ?? losses[0];
  return lost?.number ?? firstNode;
}

function denials(summary: Summary): Entry[] {
  const listed = summary.denials.slice(0, maxListed).map(({ number, tool, count }) => {
    return entry("denied", `#${number} ${cut(plain(tool), 100)}${count > 1 ? `, ${count} times` : ""}`);
  });
  return [...listed, ...more(summary.denials.length)];
}

function more(length: number): Entry[] {
  return length > maxListed ? [entry("", `… and ${length - maxListed} more`)] : [];
}
