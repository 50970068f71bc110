import type { Paint } from "../terminal/theme.ts";
import { cut, wrap } from "../terminal/width.ts";

const keys: readonly (readonly [string, string])[] = [
  ["↑ ↓ k j", "select a node; PgUp PgDn Home End go further"],
  ["Enter", "its page: goal, prompt, result, what its agent says and does"],
  ["Esc", "back: from the page, the search, the tree"],
  ["t", "tell its agent something, as its next message"],
  ["a", "answer a question: the selected one, else the oldest"],
  ["p", "pause it and all below it, or let that go on"],
  ["s", "stop it and all below it, after a question"],
  ["m e", "change its goal, or that and its prompt in your editor, while it is pending or paused"],
  ["+", "go on now: a run that waits for a limit tries again"],
  ["f ← →", "fold and unfold what is below it"],
  ["/", "search goals, numbers and states; Esc clears"],
  ["Ctrl-L", "draw everything again"],
];

const ownKeys: typeof keys = [["Ctrl-C", "stop working on the run; it can be resumed"]];
const topKeys: typeof keys = [["q", "back to cord top"]];
const notes: typeof keys = [["", "p and s on #1 mean the whole run"]];

const nameWidth = 10;

/** What each key does. isOwn: the view is of a run that this process works on. */
export function helpLines(width: number, paint: Paint, isOwn: boolean): string[] {
  return [...keys, ...(isOwn ? ownKeys : topKeys), ...notes].flatMap(([key, what]) => {
    const room = width - nameWidth;
    if (room < 1) return [paint("title", cut(key, width))];
    return wrap(what, room, 4).map(
      (line, at) => paint("title", (at === 0 ? ` ${key}` : "").padEnd(nameWidth)) + line,
    );
  });
}
