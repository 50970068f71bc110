import { pad, widthOf } from "../../tui/terminal/width.ts";
import { capitalized, counted } from "../../core/wording.ts";
import { plain } from "../../core/text.ts";
import { painter, type Tone } from "../../tui/terminal/theme.ts";
import { groups, type Finding } from "./finding.ts";

const icons: Readonly<Record<Finding["status"], { icon: string; tone: Tone }>> = {
  ok: { icon: "✓", tone: "complete" },
  failed: { icon: "✗", tone: "failed" },
  none: { icon: "–", tone: "detail" },
};

/** A line a finding, under the title of its group, and the fix under what failed. Paths and variables are anybody's text. */
export function asText(findings: readonly Finding[], color: boolean): string {
  const paint = painter(color);
  const width = Math.max(...findings.map(({ name }) => widthOf(plain(name))));
  const lines = groups.flatMap((group) => {
    const own = findings.filter((finding) => finding.group === group);
    if (own.length === 0) return [];
    return [
      paint("title", capitalized(group)),
      ...own.flatMap(({ name, status, detail, fix }) => {
        const { icon, tone } = icons[status];
        const line = `  ${paint(tone, icon)} ${pad(plain(name), width)}  ${plain(detail)}`;
        return fix === undefined ? [line] : [line, `    ${" ".repeat(width)}  → ${plain(fix)}`];
      }),
      "",
    ];
  });
  const failures = findings.filter(({ status }) => status === "failed").length;
  const verdict =
    failures === 0
      ? "All that cord needs is there."
      : `${counted(failures, "thing needs", "things need")} fixing.`;
  return [...lines, verdict].join("\n");
}
