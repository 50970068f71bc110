import { CordError } from "./error.ts";
import { beginningOf, plain } from "./text.ts";

/** Every agent program that a node can be given to, by the name that --agent and create() take. The engine has a file for each. */
const agentNames = ["claude", "rehearsal"] as const;
export type AgentName = (typeof agentNames)[number];

/** Agents that call no model: they cost nothing, and what they hand in is made up. */
const rehearsing: ReadonlySet<string> = new Set<AgentName>(["rehearsal"]);

/** Whether the nodes of a run cost money. */
export function isPaid(runAgent: string): boolean {
  return !rehearsing.has(runAgent);
}

/**
 * The agents that a run's nodes may be given to. A paid run gets no made-up results, and a rehearsal never costs
 * anything.
 */
export function agentsFor(runAgent: string): readonly AgentName[] {
  return agentNames.filter((name) => isPaid(name) === isPaid(runAgent));
}

/** Throws `invalid`, with the names there are, for an agent that nodes of a run cannot be given to. */
export function refuseAgent(name: string, runAgent: string): void {
  const known: readonly string[] = agentsFor(runAgent);
  if (known.includes(name)) return;
  throw new CordError(
    "invalid",
    `${noAgent(name)} in this run. Leave agent out, or use ${known.join(" or ")}.`,
  );
}

export function isAgentName(name: string): name is AgentName {
  return agentNames.some((one) => one === name);
}

/** The refusal of a name that no agent has. */
export function unknownAgent(name: string): CordError {
  return new CordError("invalid", `${noAgent(name)}. Use one of: ${agentNames.join(", ")}.`);
}

function noAgent(name: string): string {
  return `There is no agent "${plain(beginningOf(name, 64))}"`;
}

/** Claude Code's own short names of models, as its --model takes them (2.1.197). */
const aliases: ReadonlySet<string> = new Set(["haiku", "sonnet", "opus", "fable", "best", "opusplan"]);

/**
 * A model name as the agent's --model accepts it. The run's own model is accepted as it is. Only the API knows which
 * full names exist, so any name of their form is accepted: `claude-sonnet-4-5`, `us.anthropic.claude-opus-4-1-v1:0`.
 * Throws `invalid` for anything else.
 */
export function modelNamed(name: string, runModel: string | null): string {
  if (name === runModel) return name;
  const short = name.trim().toLowerCase();
  if (aliases.has(short.replace(/\[1m\]$/, ""))) return short;
  if (fullName.test(name)) return name;
  throw new CordError(
    "invalid",
    `There is no model "${plain(beginningOf(name, 64))}". Leave model out, or use haiku, sonnet, opus, or a full name such as claude-sonnet-4-5.`,
  );
}

/** Words of a name between signs, a number among them. */
const fullName = /^(?=[^\d]*\d)(?=[a-z\d]+[-._:/@])[a-z\d][\w.:@/-]*(?:\[1m\])?$/i;

/** Throws `invalid` for a word that no --model could take; a person may name a model that cord has not heard of. */
export function refuseModel(name: string | null): void {
  if (name === null || /^[a-z\d][\w.:@/-]*(?:\[1m\])?$/i.test(name)) return;
  throw new CordError(
    "invalid",
    `"${plain(beginningOf(name, 64))}" is no name of a model. Use haiku, sonnet, opus, or a full name such as claude-sonnet-4-5.`,
  );
}
