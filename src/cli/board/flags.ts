import { limits } from "../../core/limits.ts";
import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { tell } from "../output.ts";
import { environment } from "../../system/environment.ts";
import { CordError } from "../../core/error.ts";
import { boardNumber } from "../../core/short-id.ts";
import { states as allStates } from "../../core/words.ts";
import { readJson, secondsOrNone, projectOf } from "../options.ts";

/** Flags that several commands of the board take. */

export const asOption = () => new Option("--as <agent>", "who you are on the board").env("CORD_AGENT");
export const leaseOption = () =>
  new Option(
    "--lease <seconds>",
    `how long it is yours, 1 s to 1 h (default: ${limits.leaseSeconds.default})`,
  ).argParser(leaseSeconds);
export const resultOption = () =>
  new Option("--result <json>", "the result: JSON, or else text as it is").argParser(jsonOrText);
export const toOption = () =>
  new Option("--to <agent>", "only what is meant for this agent; me is CORD_AGENT");
export const stateOption = () =>
  new Option("--state <states>", "such as pending, or pending,claimed; any is all of them").argParser(states);
/** Words with commas; given again, they add up. */
export const wordsOption = <Flags extends string>(flags: Flags, description: string) =>
  new Option(flags, description).argParser(words);

/** A task as a person names it. A number is the project's own. */
export function taskNamed(id: string): { id: string; project?: string } {
  return boardNumber(id) === null ? { id } : { id, project: projectOf() };
}

/** The agent that --to names. */
export function recipient(to: string | undefined): string | undefined {
  return to === "me" ? requireMe() : to;
}

function requireMe(): string {
  const agent = environment.CORD_AGENT;
  if (agent) return agent;
  throw new CordError("usage", "--to me asks who you are: set CORD_AGENT, or name the agent.");
}

/** `a,b` as words, after those that were given before. */
function words(text: string, before: readonly string[] = []): string[] {
  const found = text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
  if (found.length === 0) throw new InvalidArgumentError("It must be a word, or several with commas.");
  return [...before, ...found];
}

/** The words that --state takes. */
export const stateWords: readonly string[] = [...allStates, "any"];

function states(text: string, before?: readonly string[]): string[] {
  const found = words(text, before);
  const unknown = found.find((word) => !stateWords.includes(word));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`There is no state ${unknown}. There are: ${stateWords.join(", ")}.`);
  return found;
}

/** Plain text is a result too. What only looks like JSON is kept as it is, and said: it may be a slip. */
function jsonOrText(text: string): unknown {
  const read = readJson(text);
  if (read) return read.value;
  if (/^\s*[[{]/.test(text)) tell("--result is no JSON, so it is kept as text.");
  return text;
}

/** What is out of bounds is taken to the nearest, as the board does, and said. */
function leaseSeconds(text: string): number {
  const asked = secondsOrNone(text);
  const { min, max } = limits.leaseSeconds;
  const lease = Math.min(max, Math.max(min, Math.round(asked)));
  if (asked < min || asked > max)
    tell(`A lease is 1 s to 1 h long, so this one is ${lease === min ? "1 s" : "1 h"}.`);
  return lease;
}
