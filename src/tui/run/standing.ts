import type { Run } from "../../core/run.ts";
import { totalTokens, type RunStanding } from "../../core/words.ts";
import type { Tone } from "../terminal/theme.ts";
import { cost, duration } from "../time.ts";

/** What a run's standing is said with. */
type Stand = Pick<Run, "standing" | "asks" | "lost" | "nodes" | "limit_hit">;

/** What is said of a run beside its goal. */
export type Figures = Stand & Pick<Run, "done" | "worked_ms" | "usd" | "estimated" | "uncounted">;

/** Where a run stands, in a few words: `waits for you (#8)`, `complete but 5 of 7 lost`. */
export function standingText({ standing, asks, lost, nodes, limit_hit: limit }: Stand): string {
  switch (standing) {
    case "waiting":
      return asks.length === 0 ? "waits for you" : `waits for you (${namesOf(asks)})`;
    case "partial":
      return `complete but ${lost} of ${nodes} lost`;
    case "limited":
      return `stopped by ${limitWord(limit)}`;
    case "proposed":
      return "waits for your approval";
    default:
      return standing;
  }
}

function limitWord(limit: Run["limit_hit"]): string {
  if (limit === "time") return limit;
  return limit === totalTokens ? "tokens" : "budget";
}

/** `31/61`, `2m14s`, `~$0.84`: how much is done, how long agents have worked, what that cost. */
export function figureTexts(run: Figures): [done: string, worked: string, spent: string] {
  return [`${run.done}/${run.nodes}`, duration(run.worked_ms), cost(run)];
}

/** Where a run stands, in a column of twelve. */
export function shortStanding({ standing, asks, lost, nodes }: Stand): string {
  switch (standing) {
    case "waiting":
      return asks[0] === undefined ? "waits" : `waits #${asks[0]}`;
    case "partial":
      return `${lost}/${nodes} lost`;
    case "limited":
      return "stopped";
    default:
      return standing;
  }
}

/** The first of them, and that there are more. */
function namesOf(asks: readonly number[]): string {
  const shown = asks.slice(0, 3).map((number) => `#${number}`);
  return [...shown, ...(asks.length > shown.length ? ["…"] : [])].join(", ");
}

/** What each standing looks like, wherever runs are shown. */
export const standingTones: Readonly<Record<RunStanding, Tone>> = {
  running: "active",
  waiting: "ask",
  interrupted: "notice",
  paused: "paused",
  parked: "notice",
  proposed: "ask",
  complete: "complete",
  partial: "notice",
  limited: "notice",
  failed: "failed",
  cancelled: "cancelled",
};
