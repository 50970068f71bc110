import type { Block, Page } from "./pages.ts";

/**
 * One shell script of a page: its blocks in their order, as a reader would run them who starts at the top, and the files
 * that it says to write. It ends at the first command that fails; each step is announced on standard error before.
 */
export function scriptOf({ blocks }: Page): string {
  return [onEnd, ...blocks.filter(isStep).map(step)].join("\n");
}

export function isRun({ language, noRun }: Block): boolean {
  return language === "sh" && noRun === null;
}

function isStep(block: Block): boolean {
  return isRun(block) || block.file !== null;
}

/** What a page started in the background ends with it: the script is waited for until nobody holds its output. */
const onEnd = `trap 'code=$?; kill $(jobs -p) 2>/dev/null || true; exit $code' EXIT`;

function step(block: Block): string {
  const said = `printf '%s\\n' ${quoted(`── ${block.title}`)} >&2`;
  return [said, block.file === null ? block.text : writing(block.file, block.text)].join("\n");
}

function writing(file: string, text: string): string {
  return `mkdir -p "$(dirname ${quoted(file)})"\nprintf '%s\\n' ${quoted(text)} >${quoted(file)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
