import { named } from "./concerns.ts";
import type { InboxReason } from "./tab.ts";

/** How many things of a kind are called. */
const words: Readonly<Record<InboxReason, readonly [one: string, many: string]>> = {
  message: ["message", "messages"],
  task: ["task", "tasks"],
  watch: ["match of a watch", "matches of watches"],
  lease: ["lease", "leases"],
  answer: ["answer", "answers"],
  asked: ["question", "questions"],
  run: ["run", "runs"],
  files: ["file", "files"],
  poke: ["poke", "pokes"],
};

/** One line that tells an agent what is new for it, without saying what it is: `New for claude-b: 2 messages, 1 task. messages_list has them.` */
export function toldLine(agent: string, rows: readonly { reason: InboxReason }[]): string {
  const counts = new Map<InboxReason, number>();
  for (const { reason } of rows) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const parts = [...counts].map(([reason, n]) => `${n} ${words[reason][n === 1 ? 0 : 1]}`);
  return `New for ${named(agent)}: ${parts.join(", ")}. messages_list has ${rows.length === 1 ? "it" : "them"}.`;
}
