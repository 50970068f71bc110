import { plain } from "../../core/text.ts";
import type { Paint } from "../../tui/terminal/theme.ts";
import { diffLines } from "./diff.ts";
import type { Step } from "./plan.ts";
import { words } from "./print.ts";

/** The lines that differ, in each file that would; of each no more than `max`. */
export function diffs(steps: readonly Step[], paint: Paint, max = Infinity): string {
  const changed = steps.filter(({ status }) => status !== "same" && status !== "refused");
  return changed.map((step) => diff(step, paint, max).join("\n")).join("\n\n");
}

function diff(step: Step, paint: Paint, max: number): string[] {
  const title = paint("title", `${words.planned[step.status]} ${plain(step.target.shown)}`);
  const lines = diffLines(step.before ?? "", step.after ?? "").map(({ mark, text }) => {
    const line = `${mark} ${plain(text.replaceAll("\t", "    "))}`.trimEnd();
    return mark === " " ? line : paint(tones[mark], line);
  });
  if (lines.length <= max) return [title, ...lines];
  const rest = `… ${lines.length - max} lines more; cord init --dry-run shows them all`;
  return [title, ...lines.slice(0, max), paint("detail", rest)];
}

const tones = { "+": "added", "-": "removed", "@": "detail" } as const;

/** What was, or is to be done, for programs. */
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
