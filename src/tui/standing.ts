import type { RunStanding } from "../core/run.ts";
import type { Tone } from "./theme.ts";

/** What is said of a run's standing. */
export interface Stand {
  standing: RunStanding;
  /** the numbers of its open questions to a person */
  asks: readonly number[];
  lost: number;
  nodes: number;
  limitHit: string | null;
}

/** Where a run stands, in a few words: `waits for you (#8)`, `complete but 5 of 7 lost`. */
export function standingText({ standing, asks, lost, nodes, limitHit }: Stand): string {
  switch (standing) {
    case "waiting":
      return asks.length === 0 ? "waits for you" : `waits for you (${namesOf(asks)})`;
    case "partial":
      return `complete but ${lost} of ${nodes} lost`;
    case "limited":
      return `stopped by ${limitHit === null || limitHit.includes("budget") ? "budget" : limitHit}`;
    case "running":
    case "interrupted":
    case "parked":
    case "complete":
    case "failed":
    case "cancelled":
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
  parked: "notice",
  complete: "complete",
  partial: "notice",
  limited: "notice",
  failed: "failed",
  cancelled: "cancelled",
};
