import { pad, widthOf } from "../../tui/terminal/width.ts";
import { plain } from "../../core/text.ts";
import type { Paint } from "../../tui/terminal/theme.ts";
import type { PlannedEdit } from "./plan.ts";

/** What was, or is to be, done: as words in a table of one line a file. */
export const words: Readonly<
  Record<"done" | "planned" | "check", Readonly<Record<PlannedEdit["status"], string>>>
> = {
  done: { create: "created", change: "changed", delete: "deleted", same: "in place", refused: "refused" },
  planned: { create: "create", change: "change", delete: "delete", same: "in place", refused: "refused" },
  check: { create: "missing", change: "missing", delete: "present", same: "in place", refused: "refused" },
};

/** One line a file, and under it what a person has to decide. Free of anything hostile that a file's text or name holds. */
export function summary(edits: readonly PlannedEdit[], tense: keyof typeof words, paint: Paint): string {
  const width = Math.max(...edits.map(({ target }) => widthOf(plain(target.shown))), 0);
  const lines = edits.flatMap((planned) => {
    const word = planned.kept.length > 0 && planned.status === "same" ? "kept" : words[tense][planned.status];
    const tone =
      word === "in place" ? "detail" : planned.status === "refused" || word === "kept" ? "notice" : "added";
    const head = `${paint(tone, word.padEnd(8))}  ${pad(plain(planned.target.shown), width)}  ${planned.target.title}`;
    return [head, ...remarks(planned).map((remark) => `          ${remark}`)];
  });
  return lines.join("\n");
}

function remarks(planned: PlannedEdit): string[] {
  const kept = planned.kept.map((clause) => plain(`Kept: ${clause}. To replace it, add --force.`));
  if (planned.refusal === undefined) return kept;
  const { where, lines } = planned.target.edit.byHand(planned.before);
  const pasted = lines.split("\n").map((line) => `  ${plain(line)}`);
  return [plain(`Left as it is: ${planned.refusal}.`), `To do it by hand, ${plain(where)}:`, ...pasted];
}
