import { styleText } from "node:util";
import { plain } from "../../core/text.ts";
import { diffLines } from "./diff.ts";
import type { Step } from "./plan.ts";

/** What was, or is to be, done: as words in a table of one line a file. */
const words: Readonly<Record<"done" | "planned" | "check", Readonly<Record<Step["status"], string>>>> = {
  done: { create: "created", change: "changed", delete: "deleted", same: "in place", refused: "refused" },
  planned: { create: "create", change: "change", delete: "delete", same: "in place", refused: "refused" },
  check: { create: "missing", change: "missing", delete: "present", same: "in place", refused: "refused" },
};

/** One line a file, and under it what a person has to decide. Free of anything hostile that a file's text or name holds. */
export function summary(
  steps: readonly Step[],
  tense: keyof typeof words,
  colour: NodeJS.WriteStream,
): string {
  const width = Math.max(...steps.map(({ target }) => plain(target.shown).length), 0);
  const lines = steps.flatMap((step) => {
    const word = step.kept.length > 0 && step.status === "same" ? "kept" : words[tense][step.status];
    const paint =
      word === "in place" ? "dim" : step.status === "refused" || word === "kept" ? "yellow" : "green";
    const head = `${styleText(paint, word.padEnd(8), { stream: colour })}  ${plain(step.target.shown).padEnd(width)}  ${step.target.title}`;
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

/** The lines that differ, in each file that would; of each no more than `most`. */
export function diffs(steps: readonly Step[], colour: NodeJS.WriteStream, most = Infinity): string {
  const changed = steps.filter(({ status }) => status !== "same" && status !== "refused");
  return changed.map((step) => diff(step, colour, most).join("\n")).join("\n\n");
}

function diff(step: Step, colour: NodeJS.WriteStream, most: number): string[] {
  const title = styleText("bold", `${words.planned[step.status]} ${plain(step.target.shown)}`, {
    stream: colour,
  });
  const lines = diffLines(step.before ?? "", step.after ?? "").map(({ mark, text }) => {
    const line = `${mark} ${plain(text.replaceAll("\t", "    "))}`.trimEnd();
    if (mark === " ") return line;
    return styleText(mark === "+" ? "green" : mark === "-" ? "red" : "dim", line, { stream: colour });
  });
  if (lines.length <= most) return [title, ...lines];
  const rest = `… ${lines.length - most} lines more; cord init --dry-run shows them all`;
  return [title, ...lines.slice(0, most), styleText("dim", rest, { stream: colour })];
}

/** The same for programs. */
export function asJson(project: string, steps: readonly Step[], applied: boolean, ok: boolean) {
  const files = steps.map((step) => ({
    path: step.target.shown,
    for: step.target.title,
    status: step.status,
    ...(step.kept.length > 0 && { kept: step.kept }),
    ...(step.refusal !== undefined && {
      refusal: step.refusal,
      paste: step.target.edit.byHand(step.before).lines,
    }),
    ...(step.before !== step.after && {
      diff: diffLines(step.before ?? "", step.after ?? "").map(({ mark, text }) => mark + text),
    }),
  }));
  return { project, ok, applied, files };
}
