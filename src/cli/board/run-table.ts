import { shortRun } from "../../core/node-refusal.ts";
import type { Run } from "../../core/run.ts";
import { figureTexts, standingText, standingTones } from "../../tui/run/standing.ts";
import { duration } from "../../tui/time.ts";
import { table, type Column, type Look } from "../table.ts";

/** Runs as a table: where each stands, how much of it is done, how long its agents have worked, and what that cost. */
export function runTable(runs: readonly Run[], now: number, look: Look): string {
  const columns: Column<Run>[] = [
    { title: "ID", rank: 1, cell: (run) => shortRun(run.id) },
    { title: "AGE", rank: 4, cell: (run) => duration(now - Date.parse(run.created_at)) },
    { title: "STATE", rank: 2, cell: standingText, tone: (run) => standingTones[run.standing] },
    { title: "DONE", rank: 5, cell: (run) => figureTexts(run)[0] },
    { title: "TIME", rank: 7, cell: (run) => figureTexts(run)[1] },
    { title: "COST", rank: 6, cell: (run) => figureTexts(run)[2] },
    { title: "GOAL", rank: 3, cell: (run) => run.goal, min: 10 },
  ];
  return table(columns, runs, look);
}
