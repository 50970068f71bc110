import { CordError } from "./error.ts";
import { shortRun, type NodeNamed } from "./node-refusal.ts";
import { nodeName, treeStatus, type State } from "./words.ts";

/**
 * What a person's answer means: an option in any case of letters, or an option's number; any text if the question has
 * no options. Throws `invalid` for anything else, lists the options, and says how another answer is given.
 */
export function answerTo(
  { name, command }: { name: string; command: string },
  options: readonly string[],
  given: string,
): string {
  if (options.length === 0) return given;
  const chosen = chosenOf(options, given);
  if (chosen !== undefined) return chosen;
  const listed = options.map((option, index) => `${index + 1} ${option}`).join(", ");
  throw new CordError(
    "invalid",
    `"${given.trim().slice(0, 100)}" is none of the options of ${name}: ${listed}. Give one of them or its number, or what you like with "${command} --other TEXT".`,
  );
}

/** The option that an answer names, if it names one. */
export function chosenOf(options: readonly string[], given: string): string | undefined {
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
