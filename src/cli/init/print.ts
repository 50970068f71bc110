import { pad, widthOf } from "../../tui/terminal/width.ts";
import { plain } from "../../core/text.ts";
import type { Paint } from "../../tui/terminal/theme.ts";
import type { Step } from "./plan.ts";

/** What was, or is to be, done: as words in a table of one line a file. */
export const words: Readonly<Record<"done" | "planned" | "check", Readonly<Record<Step["status"], string>>>> =
  {
    done: { create: "created", change: "changed", delete: "deleted", same: "in place", refused: "refused" },
    planned: { create: "create", change: "change", delete: "delete", same: "in place", refused: "refused" },
    check: { create: "missing", change: "missing", delete: "present", same: "in place", refused: "refused" },
  };

/** One line a file, and under it what a person has to decide. Free of anything hostile that a file's text or name holds. */
export function summary(steps: readonly Step[], tense: keyof typeof words, paint: Paint): string {
  const width = Math.max(...steps.map(({ target }) => widthOf(plain(target.shown))), 0);
  const lines = steps.flatMap((step) => {
    const word = step.kept.length > 0 && step.status === "same" ? "kept" : words[tense][step.status];
    const tone =
      word === "in place" ? "detail" : step.status === "refused" || word === "kept" ? "notice" : "added";
    const head = `${paint(tone, word.padEnd(8))}  ${pad(plain(step.target.shown), width)}  ${step.target.title}`;
    return [head, ...remarks(step).map((remark) => `          ${remark}`)];
  });
  return lines.join("\n");
}

function remarks(step: Step): string[] {
  const kept = step.kept.map((clause) => plain(`Kept: ${clause}. To replace it, add --force.`));
  if (step.refusal === undefined) return kept;
  const { where, lines } = step.target.edit.byHand(step.before);
  const pasted = lines.split("\n").map((line) => `  ${plain(line)}`);
  return [plain(`Left as it is: ${step.refusal}.`), `To do it by hand, ${plain(where)}:`, ...pasted];
}
