import { spanOf } from "../core/wording.ts";
import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { environment } from "../system/environment.ts";
import { projectNamed, whereabouts } from "../client/project/project.ts";
import { secondsIn } from "../core/duration.ts";
import { CordError } from "../core/error.ts";
import { parseJson } from "../core/json.ts";

/** Flags and their values, as several commands take them. */
export const urlOption = () => new Option("--url <url>", "the daemon's address").env("CORD_URL");
export const jsonOption = () => new Option("--json", "print JSON");
export const allOption = () => new Option("--all", "of every project, not only this one");

/** Not from CORD_PROJECT here, as projectOf reads it: what a shell is set to does not contradict --all, as a flag does. */
export const projectOption = () =>
  new Option(
    "--project <project>",
    "another project: its name, or a folder in it (env: CORD_PROJECT)",
  ).conflicts("all");

/** The project that a command is about: the one that is named, else that of the folder it is called in. */
export function projectOf(given = environment.CORD_PROJECT): string {
  const folder = currentFolder();
  return given ? projectNamed(given, folder) : whereabouts(folder).project;
}

/** Throws `usage` when the folder that this was started in is gone. */
export function currentFolder(): string {
  try {
    return process.cwd();
  } catch {
    throw new CordError(
      "usage",
      "The folder that this was started in is gone. Change into one that is there.",
    );
  }
}

/** A number above 0, such as a budget. */
export function positive(text: string): number {
  const number = Number(text.replace(/^\$/, ""));
  if (!Number.isFinite(number) || number <= 0 || text.trim() === "")
    throw new InvalidArgumentError(`It must be a number above 0, such as 2.5.`);
  return number;
}

/** A number of tokens as people write one, and as cord does: 200000, 200k, 1.5M. */
export function tokens(text: string): number {
  const [, digits = "", unit = ""] = /^(\d{1,15}(?:\.\d{1,9})?)\s?([kM]?)$/.exec(text.trim()) ?? [];
  const number = Math.round(Number(digits) * (unit === "k" ? 1_000 : unit === "M" ? 1_000_000 : 1));
  if (digits === "" || number < 1 || !Number.isSafeInteger(number))
    throw new InvalidArgumentError("It must be a number of tokens, such as 200000, 200k or 1.5M.");
  return number;
}

export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!Number.isInteger(number) || number < min || number > max || text.trim() === "") {
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    }
    return number;
  };
}

/** How many of a list: a script asks for any number to get all there are, and more than max is max. */
export function countUpTo(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!Number.isInteger(number) || number < min || text.trim() === "")
      throw new InvalidArgumentError(`It must be a whole number of ${min} or more.`);
    return Math.min(max, number);
  };
}

/** A duration in seconds: 90, 90s, 30m, 2h. */
export function seconds(text: string): number {
  const read = secondsIn(text);
  if (read === null) throw new InvalidArgumentError("It must be a duration such as 90, 90s, 30m, 2h or 30d.");
  return read;
}

/** As whole seconds, rounded up, of which there may be so many. */
export function wholeSecondsUpTo(max: number): (text: string) => number {
  return (text) => {
    const value = Math.ceil(seconds(text));
    if (value > max) throw new InvalidArgumentError(`It may be ${spanOf(max * 1000)} at most.`);
    return value;
  };
}

/** As seconds, and 0 for no time at all. */
export function secondsOrNone(text: string): number {
  return /^0+(?:\.0+)?\s*[smhd]?$/.test(text.trim()) ? 0 : seconds(text);
}

/** JSON, or with a hint at the quotes that a shell has taken. */
export function json(text: string): unknown {
  const read = readJson(text);
  if (read) return read.value;
  throw new InvalidArgumentError(
    `It must be JSON, such as '{"sha":"abc"}' or '"text"' with both kinds of quotes.`,
  );
}

/** Null: it is no JSON. */
export function readJson(text: string): { value: unknown } | null {
  try {
    return { value: parseJson(text) };
  } catch (error) {
    if (error instanceof CordError) throw new InvalidArgumentError(error.message);
    return null;
  }
}
