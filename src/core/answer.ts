import { CordError } from "./error.ts";
import { shortRun, type NodeNamed } from "./node-refusal.ts";
import { treeStatus, type State } from "./words.ts";

/**
 * What a person's answer means: an option in any case of letters, or an option's number; any text if the question has
 * no options. Throws `invalid` for anything else, and lists the options.
 */
export function answerTo(node: NodeNamed, options: readonly string[], given: string): string {
  if (options.length === 0) return given;
  const text = given.trim();
  const chosen =
    options.find((option) => option === given) ??
    options.find((option) => option.trim().toLowerCase() === text.toLowerCase()) ??
    (/^\d{1,3}$/.test(text) ? options[Number(text) - 1] : undefined);
  if (chosen !== undefined) return chosen;
  const listed = options.map((option, index) => `${index + 1} ${option}`).join(", ");
  throw new CordError(
    "invalid",
    `"${text.slice(0, 100)}" is none of the options of #${node.number}: ${listed}. Give one of them or its number, or what you like with "cord answer ${node.number} --run ${shortRun(node.runId)} --other TEXT".`,
  );
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
