import { structuredPatch } from "diff";

interface DiffLine {
  readonly mark: " " | "+" | "-" | "@";
  readonly text: string;
}

/** Where more lines differ than this, the file is shown as replaced whole: to find the shortest way would take long. */
const maxEditLength = 2000;

/** The lines that differ, each change with two lines around it; "@" lines say where one begins. */
export function diffLines(before: string, after: string): DiffLine[] {
  const [old, fresh] = [ended(before), ended(after)];
  const patch = structuredPatch("", "", old, fresh, "", "", { context: 2, maxEditLength });
  if (patch === undefined) return [...replaced(old, "-"), ...replaced(fresh, "+")];
  return patch.hunks.flatMap(({ newStart, lines }) => [
    ...(newStart > 1 ? [{ mark: "@", text: `line ${newStart}` } as const] : []),
    ...lines.map((line) => ({ mark: markOf(line), text: line.slice(1) })),
  ]);
}

/** Whether a file's last line has an end is no difference to show. */
function ended(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}

function markOf(line: string): " " | "+" | "-" {
  return line.startsWith("+") ? "+" : line.startsWith("-") ? "-" : " ";
}

function replaced(text: string, mark: "+" | "-"): DiffLine[] {
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => ({ mark, text: line }));
}
