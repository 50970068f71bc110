import { z } from "zod";
import { addressee, everybody, kindNamed } from "../../core/concerns.ts";
import { CordError } from "../../core/error.ts";
import { tabBounds } from "../../core/limits.ts";
import { textMessage } from "../../core/message.ts";
import { postedIn } from "../../core/project.ts";
import { clientKinds } from "../../core/tab.ts";
import { AgentId, Task, TaskId } from "../../core/task.ts";
import { oneLine, plain, shortened } from "../../core/text.ts";
import { nameOf } from "../../core/tree.ts";
import { counted } from "../../core/wording.ts";
import { isReader, messageKind } from "../../core/words.ts";
import { ackOf } from "../../store/lifecycle/inbox.ts";
import { lastSeen } from "../../store/tables/agents.ts";
import { getTask, noTask } from "../../store/tables/ids.ts";
import { addMessage } from "../../store/tables/messages.ts";
import { recipientsOf, senderOf } from "../../store/tables/recipients.ts";
import type { TaskRow } from "../../store/tables/task-row.ts";
import { toTask } from "../../store/tables/tasks.ts";
import type { Tx } from "../../store/store.ts";
import { anyCaller } from "../authority.ts";
import type { Context } from "../context.ts";
import { operation } from "../operation.ts";
import { sendTask } from "../tasks/send.ts";
import { board, project, request_id } from "../tasks/target.ts";

/** Puts a message into the inbox of an agent, or of many. To one it is a pending task, to many it is born completed. */
export const send = operation({
  summary: "Send a message into an agent's inbox, or with * into those of all of the project.",
  effect: "write",
  callers: board,
  authority: anyCaller,
  tool: { profile: "board", title: "Send a message", omit: ["request_id", "project"] },
  input: () =>
    z.object({
      to: AgentId.describe("Handle; *; or @claude, @codex…").optional(),
      text: z.string().min(1).max(tabBounds.messageLength),
      reply_to: TaskId.describe("Acknowledges it too").optional(),
      urgent: z.boolean().optional(),
      agentId: AgentId.optional(),
      project,
      request_id,
    }),
  output: () => Task,
  run: async (context, input) => {
    // what it replies to may have come just now
    if (input.reply_to !== undefined) await context.inbox.settled();
    return context.write((tx) => sendMessage(tx, context, input));
  },
});

interface Said {
  to?: string | undefined;
  text: string;
  reply_to?: string | undefined;
  urgent?: boolean | undefined;
  agentId?: string | undefined;
  project?: string | undefined;
}

/** Sends it, in one transaction with what it acknowledges. */
export async function sendMessage(tx: Tx, context: Context, said: Said): Promise<Task> {
  const by = said.agentId ?? nameOf(context.caller);
  const before = said.reply_to === undefined ? null : await answered(tx, said.reply_to, said.project);
  const to = said.to ?? (await senderFor(tx, context, before));
  await checkAddressee(tx, context, to, by, said);
  const name = shortened(oneLine(plain(said.text)), nameLength) || messageKind;
  const row = await sendTask(tx, context, {
    name,
    kind: messageKind,
    priority: said.urgent === true ? "urgent" : "normal",
    payload: { text: said.text, ...(before === null ? {} : { reply_to: before.id }) },
    to,
    project: said.project,
    by,
  });
  await addMessage(
    tx,
    row,
    { by, message: textMessage(context.newId(), "ROLE_USER", said.text) },
    context.now,
  );
  if (before !== null) await ackOf(tx, before, { agent: by, text: name }, context);
  return toTask(row);
}

/** The beginning of its text, which a message goes by in lists. */
const nameLength = 120;

/** The message that is answered, or the task of the board that a message was about. */
async function answered(tx: Tx, id: string, seenFrom: string | undefined): Promise<TaskRow> {
  const row = await getTask(tx, id, seenFrom);
  if (row.run_id !== null) throw noTask(id);
  return row;
}

/** Whom an answer is for. Throws `invalid` where nobody is named. */
async function senderFor(tx: Tx, context: Context, before: TaskRow | null): Promise<string> {
  const [to, replyTo] = [context.parameter("to"), context.parameter("reply_to")];
  if (before === null)
    throw new CordError("invalid", `${to} is required, or ${replyTo}.`, { data: { parameter: to } });
  const sender = await senderOf(tx, before.id);
  if (sender !== null && isReader(sender)) return sender;
  throw new CordError("invalid", `Nobody knows who sent that message: say in ${to} whom you answer.`);
}

/** Throws `invalid` for one that means nobody. Says so where nobody is there to hear it yet. */
async function checkAddressee(
  tx: Tx,
  context: Context,
  to: string,
  by: string,
  { project: from }: Said,
): Promise<void> {
  const parameter = context.parameter("to");
  if (to === by) throw new CordError("invalid", `${parameter}: you are ${to} yourself.`);
  if (to.startsWith("@") && kindNamed(to) === null) {
    const kinds = clientKinds.map((kind) => `@${kind}`).join(", ");
    throw new CordError("invalid", `${parameter}: there is no kind of client ${to}. There are: ${kinds}.`);
  }
  const whom = addressee(to, postedIn(from));
  if ("tabs" in whom) {
    const tabs = await recipientsOf(tx, { ...whom.tabs, at: context.now });
    const others = tabs.filter((tab) => tab !== by).length;
    context.note(
      to === everybody
        ? `It goes to ${counted(others, "agent")}.`
        : `It goes to ${counted(others, "tab")} of ${to.slice(1)}.`,
    );
  } else if ((await lastSeen(tx, to)) === null)
    context.note(`Nobody has been called ${plain(to)} here yet. It waits in that inbox.`);
}
