import { z } from "zod";
import { tabBounds } from "../../core/limits.ts";
import { wakeWays } from "../../core/tab.ts";
import { AgentId } from "../../core/task.ts";
import { textMessage } from "../../core/message.ts";
import { oneLine, plain, shortened } from "../../core/text.ts";
import { nameOf } from "../../core/tree.ts";
import { messageKind } from "../../core/words.ts";
import { addMessage } from "../../store/tables/messages.ts";
import { anyCaller } from "../authority.ts";
import type { Context } from "../context.ts";
import { operation } from "../operation.ts";
import { sendTask } from "../tasks/send.ts";
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
    const give = () =>
      text === undefined ? notice(context, agent) : message(context, { agent, text, project });
    return { agent, ...(await context.tabs.poke(agent, give)) };
  },
});

function notice({ inbox }: Context, agent: string): Promise<void> {
  return inbox.put({ agent, reason: "poke", task_id: null, line: "a person pokes you", urgent: true });
}

interface Poke {
  agent: string;
  text: string;
  project: string | undefined;
}

async function message(context: Context, { agent: to, text, project }: Poke): Promise<void> {
  const name = shortened(oneLine(plain(text)), nameLength) || messageKind;
  await context.write(async (tx) => {
    const sent = { name, kind: messageKind, priority: "urgent", payload: { text }, to, project };
    const row = await sendTask(tx, context, sent);
    const said = textMessage(context.newId(), "ROLE_USER", text);
    await addMessage(tx, row, { by: nameOf(context.caller), message: said }, context.now);
  });
}

/** The beginning of its text, which a message goes by in lists. */
const nameLength = 120;
