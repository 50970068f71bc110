import { z } from "zod";
import { limits } from "../../core/limits.ts";
import { textMessage } from "../../core/message.ts";
import { sayOf } from "../../store/lifecycle/conversation.ts";
import { noteAgent } from "../../store/tables/agents.ts";
import { operation } from "../operation.ts";
import { board, holder, task } from "./target.ts";

/** A line of progress, for whoever sent the task or follows it. */
export const say = operation({
  summary: "Say in a line how a task you hold goes.",
  effect: "write",
  callers: board,
  authority: { act: "say", find: task },
  tool: { profile: "board", title: "Say how it goes", omit: ["request_id", "project"] },
  input: () => z.object({ ...holder, text: z.string().min(1).max(limits.questionLength) }),
  output: () => z.object({ ok: z.literal(true) }),
  run: (context, { text, agentId, epoch }) =>
    context.write(async (tx, { row }) => {
      const message = textMessage(context.newId(), "ROLE_AGENT", text);
      const said = await sayOf(tx, row, message, { agentId, epoch }, context);
      if (said.claimed_by !== null) await noteAgent(tx, said.claimed_by, said.project, context);
      return { ok: true as const };
    }),
});
