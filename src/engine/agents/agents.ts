import { CordError } from "../../core/error.ts";
import type { Agent } from "./agent.ts";
import { claude } from "./claude.ts";
import { rehearsal } from "./rehearsal.ts";

/** Every agent that a node can be given to, by the name that --agent and create() take. */
export const agents: ReadonlyMap<string, Agent> = new Map(
  [claude, rehearsal].map((agent) => [agent.name, agent]),
);

/** The agent of that name. CordError invalid, with the names there are, if it is unknown. */
export function agentNamed(name: string): Agent {
  const agent = agents.get(name);
  if (agent) return agent;
  const known = [...agents.keys()].join(", ");
  throw new CordError("invalid", `There is no agent "${name}". Use one of: ${known}.`);
}
