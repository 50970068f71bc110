import { statSync, type Stats } from "node:fs";
import { CordError } from "../../core/error.ts";
import { plain } from "../../core/text.ts";
import { commandNames } from "../command-list.ts";
import { bytesOf, bytesOfFile, bytesOfInput, hasInput } from "./goal-source.ts";
import { goalOfPlan, goalOfWords, textOf, type Goal } from "./plan.ts";

/**
 * The goal of `cord run`: words as they are; or a file or standard input (`-`, or a pipe and no words) with the plan,
 * and further words as a remark to the plan. Throws `usage`, in one sentence, for anything else and for words that
 * were probably meant otherwise: a mistake is best caught before an agent is paid.
 */
export async function goalOf(words: readonly string[]): Promise<Goal> {
  const [first = "", ...others] = words;
  const remark = others.join(" ").trim();
  if (plain(words.join(" ")).trim() === "") {
    if (words.length > 0 || !hasInput()) throw nothingSaid();
    const text = textOf(await bytesOfInput("unasked"), "Standard input");
    if (text.trim() === "") throw nothingSaid();
    return goalOfPlan(text, "Standard input", "");
  }
  const dashed = words.find((word) => /^[–—]\p{L}/u.test(word));
  if (dashed !== undefined)
    throw new CordError(
      "usage",
      `${dashed} begins with a long dash, which is no flag. Type two hyphens, or put the goal between quotes.`,
    );
  if (isCommand(words))
    throw new CordError(
      "usage",
      `${first} is a word of cord's own, and no goal. ${bareFlags.has(first) ? `Call "cord run --${first}"` : `Call "cord ${first}"`}, or put the goal in several words.`,
    );
  if (first === "-")
    return goalOfPlan(textOf(await bytesOfInput("asked"), "Standard input"), "Standard input", remark);
  const file = fileNamed(first, words);
  if (file === null) return goalOfWords(words.join(" ").trim());
  const bytes = file.isFIFO() ? await bytesOf(Bun.file(first).stream(), first) : bytesOfFile(first, file);
  return goalOfPlan(textOf(bytes, first), first, remark);
}

/** Whether the words of a goal name a skill: `@review src/`. */
export function namesSkill([first = ""]: readonly string[]): boolean {
  return /^@[\w-]+$/.test(first);
}

/** Whether the words are meant for cord, and not for agents: `cord run status`, or `cord run resume 01a1fd89`. */
function isCommand([first = "", second, ...others]: readonly string[]): boolean {
  if (others.length > 0) return false;
  if (second === undefined) return commandNames.has(first) || bareFlags.has(first);
  return first === "resume" && /^[0-9a-f-]{4,36}$/.test(second);
}

/** Flags of cord run that people type without their hyphens. */
const bareFlags: ReadonlySet<string> = new Set(["help", "rehearse", "resume"]);

function nothingSaid(): CordError {
  return new CordError("usage", 'Say what is to be done: cord run "your goal", or cord run plan.md.');
}

/** The file that the first word names; null when the words are a goal. */
function fileNamed(first: string, words: readonly string[]): Stats | null {
  const isPath = looksLikeAPath(first);
  // words may begin with what is the name of a file by chance, such as build or test
  if (words.length > 1 && !isPath) return null;
  const found = statsOf(first);
  if (!found) {
    if (isPath || (words.length === 1 && !/\s/.test(first) && endsAsFile(first, otherEndings)))
      throw noFile(first);
    const meant = planEndings.map((ending) => `${first}.${ending}`).find((path) => statsOf(path)?.isFile());
    if (words.length === 1 && meant !== undefined)
      throw new CordError(
        "usage",
        `There is no file ${first}, but there is ${meant}. Name that, or put the goal in several words.`,
      );
    return null;
  }
  if (found.isDirectory())
    throw new CordError(
      "usage",
      `${first} is a directory. Name a file with the plan in it, or put the goal in words between quotes.`,
    );
  if (!found.isFile() && !found.isFIFO())
    throw new CordError("usage", `${first} is no regular file. Name a file with the plan in it.`);
  const second = words[1];
  if (second !== undefined && words.every((word) => statsOf(word)?.isFile()))
    throw new CordError(
      "usage",
      `${first} and ${second} are both files. Name one plan; it can name others to read.`,
    );
  return found;
}

function noFile(path: string): CordError {
  return new CordError(
    "usage",
    `There is no file ${path}. Name one that exists, or put the goal in words between quotes.`,
  );
}

function statsOf(path: string): Stats | null {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}

/** Whether a word can hardly be meant as anything but a path. */
function looksLikeAPath(word: string): boolean {
  if (word.includes("://")) return false;
  if (/^(?:\.{0,2}|~[\w-]*)\//.test(word)) return !/\s/.test(word) || endsAsFile(word, textEndings);
  if (/\s/.test(word)) return false;
  return endsAsFile(word, textEndings) || (word.includes("/") && !unspaced.test(word));
}

/** Scripts that put no blanks between words: a whole sentence is one word there. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;

function endsAsFile(word: string, endings: readonly string[]): boolean {
  const ending = /[^/]\.([a-z0-9]{1,8})$/i.exec(word)?.[1]?.toLowerCase();
  return ending !== undefined && endings.includes(ending);
}

const planEndings: readonly string[] = ["md", "markdown", "txt"];
/** What people write plans in. */
const textEndings: readonly string[] = [
  ...planEndings,
  ..."mdx mkd text rst adoc asciidoc org tex html htm rtf pdf doc docx odt".split(" "),
];
/** What names a file where it stands alone; in a sentence it may be a product, such as Node.js. */
const otherEndings: readonly string[] =
  "json jsonc jsonl yaml yml toml xml csv tsv ini cfg conf log patch diff py ts tsx js jsx mjs cjs rs go rb java kt c h cc cpp hpp cs sh bash zsh sql swift php lua png jpg jpeg gif svg zip gz".split(
    " ",
  );
