import { readFileSync, statSync } from "node:fs";
import { CordError } from "../../core/error.ts";
import { limits } from "../../core/task.ts";

/** What a run is about: a name of one line, and all that its root is told. */
export interface Goal {
  goal: string;
  prompt: string | null;
}

/**
 * The goal of `cord run`: words as they are, or a file, whose first heading names the goal and whose contents are the
 * prompt. Throws `usage` in one sentence for what is neither.
 */
export function goalOf(words: readonly string[]): Goal {
  const text = words.join(" ").trim();
  if (text === "")
    throw new CordError("usage", 'Say what is to be done: cord run "your goal", or cord run plan.md.');
  const file = words.length === 1 ? fileAt(text) : null;
  if (file === null)
    return {
      goal: oneLine(text),
      prompt: text.length > limits.nameLength || text.includes("\n") ? text : null,
    };
  return goalOfFile(text);
}

/** Whether the one word is a file; words that only look like one are a mistake better caught before an agent is paid. */
function fileAt(path: string): "file" | null {
  let found;
  try {
    found = statSync(path);
  } catch {
    if (/^[^\s]+\.(md|markdown|txt)$/i.test(path))
      throw new CordError(
        "usage",
        `There is no file ${path}. Name one that exists, or put the goal in words between quotes.`,
      );
    return null;
  }
  if (found.isDirectory())
    throw new CordError(
      "usage",
      `${path} is a directory. Name a file with the plan in it, or put the goal in words between quotes.`,
    );
  if (!found.isFile())
    throw new CordError("usage", `${path} is no regular file. Name a file with the plan in it.`);
  if (found.size > limits.promptLength)
    throw new CordError(
      "usage",
      `${path} is larger than ${limits.promptLength} bytes. Keep the plan short and let it name the files to read.`,
    );
  return "file";
}

function goalOfFile(path: string): Goal {
  const text = read(path);
  if (text.trim() === "") throw new CordError("usage", `${path} is empty. Write what is to be done into it.`);
  const heading = /^#{1,6}\s+(.+?)\s*#*\s*$/m.exec(text)?.[1];
  const first = text.trim().split("\n")[0] ?? "";
  return { goal: oneLine(heading ?? first), prompt: text };
}

function read(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch {
    throw new CordError("usage", `${path} cannot be read. Check its rights.`);
  }
  if (bytes.includes(0))
    throw new CordError("usage", `${path} is not a text file. Name a file with the plan in words.`);
  return bytes.toString("utf8").replace(/^\uFEFF/, "");
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= limits.nameLength ? line : `${line.slice(0, limits.nameLength - 1)}…`;
}
