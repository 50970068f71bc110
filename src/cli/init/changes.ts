import { plain } from "../../core/text.ts";
import type { Paint } from "../../tui/terminal/theme.ts";
import { diffLines } from "./diff.ts";
import type { PlannedEdit } from "./plan.ts";
import { words } from "./print.ts";

/** The lines that differ, in each file that would; of each no more than `max`. */
export function diffs(edits: readonly PlannedEdit[], paint: Paint, max = Infinity): string {
  const changed = edits.filter(({ status }) => status !== "same" && status !== "refused");
  return changed.map((planned) => diff(planned, paint, max).join("\n")).join("\n\n");
}

function diff(planned: PlannedEdit, paint: Paint, max: number): string[] {
  const title = paint("title", `${words.planned[planned.status]} ${plain(planned.target.shown)}`);
  const lines = diffLines(planned.before ?? "", planned.after ?? "").map(({ mark, text }) => {
    const line = `${mark} ${plain(text.replaceAll("\t", "    "))}`.trimEnd();
    return mark === " " ? line : paint(tones[mark], line);
  });
  if (lines.length <= max) return [title, ...lines];
  const rest = `… ${lines.length - max} lines more; cord init --dry-run shows them all`;
  return [title, ...lines.slice(0, max), paint("detail", rest)];
}

const tones = { "+": "added", "-": "removed", "@": "detail" } as const;

/** What was, or is to be done, for programs. */
export function asJson(project: string, edits: readonly PlannedEdit[], applied: boolean, ok: boolean) {
  const files = edits.map((planned) => ({
    path: planned.target.shown,
    for: planned.target.title,
    status: planned.status,
    ...(planned.kept.length > 0 && { kept: planned.kept }),
    ...(planned.refusal !== undefined && {
      refusal: planned.refusal,
      paste: planned.target.edit.byHand(planned.before).lines,
    }),
    ...(planned.before !== planned.after && {
      diff: diffLines(planned.before ?? "", planned.after ?? "").map(({ mark, text }) => mark + text),
    }),
  }));
  return { project, ok, applied, files };
}
