import { z } from "zod";
import { addressee } from "../../core/concerns.ts";
import { CordError } from "../../core/error.ts";
import { tabBounds } from "../../core/limits.ts";
import { wakeWays } from "../../core/tab.ts";
import { AgentId } from "../../core/task.ts";
import { plain } from "../../core/text.ts";
import { lastSeen } from "../../store/tables/agents.ts";
import { anyCaller } from "../authority.ts";
import type { Context } from "../context.ts";
import { operation } from "../operation.ts";
import { sendMessage } from "../messages/send.ts";
import { project } from "../tasks/target.ts";

/** How long its caller waits at most: the tab's bridge has four seconds for its word, and the change itself is written. */
const holdsOpenMs = 10_000;

/** Wakes a tab by hand, with a message or without one. It counts as any wake does. */
export const poke = operation({
  summary: "Wake an agent's tab, with a message or without one, and say how that went.",
  effect: "write",
  callers: ["human"],
  authority: anyCaller,
  input: () =>
    z.object({ agent: AgentId, text: z.string().min(1).max(tabBounds.messageLength).optional(), project }),
  output: () =>
    z.object({ agent: z.string(), woken: z.enum(wakeWays).nullable(), trouble: z.string().optional() }),
  holdsOpen: () => holdsOpenMs,
  run: async (context, { agent, text, project }) => {
    if ("tabs" in addressee(agent, null))
      throw new CordError(
        "invalid",
        `${context.parameter("agent")} names one agent, and ${agent} means many.`,
      );
    // what waits for a name that nobody has had is waited for by nobody
    if ((await context.read((tx) => lastSeen(tx, agent))) === null)
      throw new CordError("not_found", `There is no agent ${plain(agent)}: cord agents lists who there is.`);
    const give = async () => {
      if (text === undefined) await notice(context, agent);
      else await context.write((tx) => sendMessage(tx, context, { to: agent, text, urgent: true, project }));
    };
    return { agent, ...(await context.tabs.poke(agent, give)) };
  },
});

function notice({ inbox }: Context, agent: string): Promise<void> {
  return inbox.put({ agent, reason: "poke", task_id: null, line: "a person pokes you", urgent: true });
}
