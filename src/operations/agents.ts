import { z } from "zod";
import { postedIn } from "../core/project.ts";
import { Agent, AgentId } from "../core/task.ts";
import { heartbeat as noteHeartbeat } from "../store/tables/agents.ts";
import { anyCaller } from "./authority.ts";
import { operation } from "./operation.ts";
import { agentsSeen } from "./tabs/seen.ts";
import { board, project } from "./tasks/target.ts";

/** Says that an agent lives, and what it is called. Its first_seen never changes. */
export const heartbeat = operation({
  summary: "Choose your handle, once. Where no cord mcp is in between, say every minute that you are here.",
  effect: "write",
  callers: board,
  authority: anyCaller,
  tool: { profile: "board", title: "Choose your handle", omit: ["project"] },
  introduces: "id",
  input: () => z.object({ id: AgentId, name: AgentId, project }),
  output: () => z.object({ ok: z.literal(true) }),
  run: async (context, { id, name, project }) => {
    await context.store.write((tx) => noteHeartbeat(tx, { id, name, project: postedIn(project) }, context));
    return { ok: true as const };
  },
});

/** Known agents, the last seen first. */
export const list = operation({
  summary: "List known agents and the task each holds.",
  effect: "read",
  callers: board,
  authority: anyCaller,
  tool: { profile: "board", title: "List agents", omit: ["project"] },
  input: () => z.object({ project }),
  output: () => z.array(Agent),
  run: (context, { project }) => context.store.read((tx) => agentsSeen(tx, context, project)),
});
