import { agentsFor } from "../../core/agents.ts";
import type { Services } from "../../operations/context.ts";
import { getRun, optionsOf } from "../../store/tables/runs.ts";
import { toolList } from "./catalogue.ts";
import type { Tool } from "./protocol.ts";

/** The tree's tools as the nodes of a run see them: one that takes an agent takes those that there are for this run. */
export async function toolsInRun({ store }: Services, runId: string): Promise<readonly Tool[]> {
  const { agent } = await store.read(async (tx) => optionsOf(await getRun(tx, runId)));
  return toolList("tree").map((tool) => withAgents(tool, agentsFor(agent)));
}

function withAgents(tool: Tool, agents: readonly string[]): Tool {
  const { properties } = tool.inputSchema;
  if (properties?.["agent"] === undefined) return tool;
  const agent = { ...properties["agent"], enum: [...agents] };
  return { ...tool, inputSchema: { ...tool.inputSchema, properties: { ...properties, agent } } };
}
