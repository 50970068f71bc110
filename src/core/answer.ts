import { CordError } from "./error.ts";
import { shortRun, type NodeNamed } from "./node-refusal.ts";
import type { Caller } from "./tree.ts";
import { nodeName, treeStatus, type State } from "./words.ts";

/**
 * How an answer to a question with options is read. `strict`: it has to name one of them. `lenient`: it may, and is taken as it is
 * if it names none. `verbatim`: it is taken as it is.
 */
export type Reading = "strict" | "lenient" | "verbatim";

/** other: whoever answers insists on their own words. A person may have mistyped; an agent has seen the options. */
export function readingOf({ kind }: Caller, other: boolean | undefined): Reading {
  if (other === true) return "verbatim";
  return kind === "human" ? "strict" : "lenient";
}

/**
 * What an answer says: an option, which it names in any case of letters or by its number, or any text where that is taken.
 * Throws `invalid` for anything else, lists the options, and says how another answer is given.
 */
export function answerTo(
  { name, command }: { name: string; command: string },
  options: readonly string[],
  given: string,
  reading: Reading,
): string {
  if (options.length === 0 || reading === "verbatim") return given;
  const chosen = chosenOf(options, given);
  if (chosen !== undefined) return chosen;
  if (reading === "lenient") return given;
  const listed = options.map((option, index) => `${index + 1} ${option}`).join(", ");
  throw new CordError(
    "invalid",
    `"${given.trim().slice(0, 100)}" is none of the options of ${name}: ${listed}. Give one of them or its number, or what you like with "${command} --other TEXT".`,
  );
}

/** The option that an answer names, if it names one. */
function chosenOf(options: readonly string[], given: string): string | undefined {
  const text = given.trim();
  return (
    options.find((option) => option === given) ??
    options.find((option) => option.trim().toLowerCase() === text.toLowerCase()) ??
    (/^\d{1,3}$/.test(text) ? options[Number(text) - 1] : undefined)
  );
}

/** How an answer to a node's question, and how the question, is written. */
export function askOf({ number, runId }: NodeNamed): { name: string; command: string } {
  return { name: nodeName(number), command: `cord answer ${number} --run ${shortRun(runId)}` };
}

/** The refusal to answer what is no question. */
export function noQuestion({ number, runId }: NodeNamed, state: State): CordError {
  const run = shortRun(runId);
  const instead =
    state === "claimed" ? ` Tell its agent something with "cord tell ${number} --run ${run} TEXT".` : "";
  return new CordError(
    "conflict",
    `#${number} of run ${run} is no question: it is ${treeStatus(state)} work.${instead}`,
    { toAgents: `#${number} is no question. modify() changes what it is to do.` },
  );
}
