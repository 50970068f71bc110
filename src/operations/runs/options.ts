import { isAgentName, refuseAgent, refuseModel, unknownAgent } from "../../core/agents.ts";
import { refuseRole } from "../../core/run-models.ts";
import type { RunOptions } from "../../core/run.ts";

/** Nodes of a run that is paid for are never rehearsed, nor those of a rehearsal paid for. Throws `invalid`. */
export function refuseOptions({ agent, model, models }: RunOptions, before?: RunOptions): void {
  if (!isAgentName(agent)) throw unknownAgent(agent);
  if (before && before.agent !== agent) refuseAgent(agent, before.agent);
  refuseModel(model);
  for (const [role, name] of Object.entries(models)) {
    refuseRole(role);
    refuseModel(name);
  }
}
