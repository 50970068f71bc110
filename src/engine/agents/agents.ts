import { isAgentName, unknownAgent, type AgentName } from "../../core/agents.ts";
import type { Agent } from "./agent.ts";
import { claude } from "./claude/claude.ts";
import { rehearsal } from "./rehearsal.ts";

const agents: Readonly<Record<AgentName, Agent>> = { claude, rehearsal };

/** The agent of that name. CordError invalid, with the names there are, if it is unknown. */
export function agentNamed(name: string): Agent {
  if (isAgentName(name)) return agents[name];
  throw unknownAgent(name);
}
