import { widthOf } from "../terminal/width.ts";
import type { Line } from "./box.ts";

const keys: readonly (readonly [string, string])[] = [
  ["↑ ↓ k j", "select; PgUp PgDn Home End go further, Home follows the newest"],
  ["Enter d", "Enter: into a run, to steer it; d: all of a task, J K scroll"],
  ["Space ← →", "fold and unfold a tree"],
  ["f", "filter: active → attention → all"],
  ["/", "search by name; Esc clears"],
  ["a", "the agents alone, with all that is known of each"],
  ["A", "show agents that have been silent for a minute"],
  ["c", "cancel the selected task, after a question"],
  ["p", "pause the picture; what happens waits"],
  ["Ctrl-L", "draw everything again"],
  ["q Ctrl-C", "quit"],
  ["", ""],
  ["● ◐ ?", "an agent at work, idle, waiting for its person; +2: so much unread"],
  ["○ ● ✓", "pending, claimed or waiting, completed"],
  ["✗ ⊘ ‖ ?", "failed, cancelled, paused, a question that waits for its answer"],
  ["attention", "failed, dropped by its agent, open questions, urgent and not taken"],
];

export const keyLines: readonly Line[] = keys.map(([key, what]): Line => [
  { text: ` ${key.padEnd(11)}`, tone: "title" },
  { text: what },
]);

const hints: readonly (readonly [string, string])[] = [
  ["↑↓", "select"],
  ["⏎", "open"],
  ["f", "filter"],
  ["/", "search"],
  ["a", "agents"],
  ["c", "cancel"],
  ["?", "keys"],
  ["q", "quit"],
];

const agentsHints: readonly (readonly [string, string])[] = [
  ["a", "tasks"],
  ["A", "who was here too"],
  ["J K", "scroll"],
  ["?", "keys"],
  ["q", "quit"],
];

/** As many hints as fit, the last two always among them. */
export function hintLine(width: number, isAgents: boolean): Line {
  const all = isAgents ? agentsHints : hints;
  const ending = all.slice(-2);
  for (let count = all.length - ending.length; count >= 0; count -= 1) {
    const line = lineOf([...all.slice(0, count), ...ending]);
    if (line.reduce((sum, { text }) => sum + widthOf(text), 0) <= width) return line;
  }
  return lineOf(ending);
}

function lineOf(hints: readonly (readonly [string, string])[]): Line {
  return hints.flatMap(([key, what], at): Line => [
    { text: at === 0 ? key : `  ${key}`, tone: "title" },
    { text: ` ${what}`, tone: "detail" },
  ]);
}
