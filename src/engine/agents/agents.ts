import { isAgentName, unknownAgent, type AgentName } from "../../core/agents.ts";
import { CordError } from "../../core/error.ts";
import type { AgentKind } from "./agent.ts";
import { claude } from "./claude/claude.ts";
import { rehearsal } from "./rehearsal.ts";

const agents: Readonly<Record<AgentName, AgentKind>> = { claude, rehearsal };

/** The agent of that name. CordError invalid, with the names there are, if it is unknown. */
export function agentNamed(name: string): AgentKind {
  if (isAgentName(name)) return agents[name];
  throw unknownAgent(name);
}

/** An agent whose program a person installs. */
export type InstallableAgent = AgentKind & { install: string };

export const installableAgents: readonly InstallableAgent[] = Object.values(agents).filter(
  (agent): agent is InstallableAgent => agent.install !== null,
);

/** Throws `usage` for a mode that this agent does not have. */
export function refusePermissionMode({ label, permissionModes: modes }: AgentKind, mode: string): void {
  if (modes.includes(mode)) return;
  throw new CordError("usage", `${label} has no permission mode ${mode}. Use one of: ${modes.join(", ")}.`);
}
