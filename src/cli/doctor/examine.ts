import { installableAgents } from "../../engine/agents/agents.ts";
import { loginOf, tokenLook } from "./authenticated.ts";
import { configured } from "./configured.ts";
import type { Finding, Surroundings } from "./finding.ts";
import { hookFindings } from "./hooks.ts";
import { installed } from "./installed.ts";
import { reachable } from "./reachable.ts";
import { tabFindings } from "./tabs.ts";

/** All that doctor finds, group by group. Reads only; nobody's network but the daemon's is used. */
export async function examine(surroundings: Surroundings): Promise<Finding[]> {
  const { token, finding } = tokenLook(surroundings.env);
  const { isInitialised, findings } = configured(surroundings);
  const [programs, daemon, tabs] = await Promise.all([
    installed(surroundings, isInitialised),
    reachable(surroundings, token),
    token === null ? [] : tabFindings(surroundings, token),
  ]);
  const logins = installableAgents
    .filter((agent) => programs.some(({ name, status }) => name === agent.name && status === "ok"))
    .map((agent) => loginOf(agent, surroundings));
  return [...programs, ...daemon, finding, ...logins, ...findings, ...hookFindings(surroundings), ...tabs];
}
