import { z } from "zod";
import { call, say, type Model, type Script, type Turn } from "./model.ts";
import type { Reply } from "./reply.ts";

/** What the scripted model behind a tab is told, and does. */

/** The lines by which cord has woken a tab that are in what its model is told since it last spoke. */
export function wakesOf(turn: Pick<Turn, "messages">): string[] {
  return [...textSince(turn).matchAll(wakePattern)].map(([, line = ""]) => line.trim());
}

/** All lines by which a tab was woken, each as often as its model was told of it. */
export function wakesIn({ requests }: Pick<Model, "requests">): string[] {
  return requests.flatMap(wakesOf);
}

/** The tools that the model has called last, without cord's prefix. */
export function calledIn({ messages }: Pick<Turn, "messages">): string[] {
  const last = messages.findLast(({ role }) => role === "assistant");
  return (last?.content ?? []).flatMap((block) => {
    const used = Used.safeParse(block);
    return used.success ? [used.data.name.replace("mcp__cord__", "")] : [];
  });
}

/** All that a request holds since the model last spoke: prompts, results, and what Claude Code put beside them. */
export function textSince({ messages }: Pick<Turn, "messages">): string {
  const said = messages.findLastIndex(({ role }) => role === "assistant");
  return messages
    .slice(said + 1)
    .flatMap(({ content }) => content)
    .flatMap((block) => {
      if ("text" in block && typeof block.text === "string") return [block.text];
      const result = ToolResult.safeParse(block);
      return result.success ? [result.data.content] : [];
    })
    .join("\n");
}

/** What is in an inbox, as its agent reads it. */
export interface Inbox {
  items: { id: string; from: string; text: string }[];
  notices: { reason: string; line: string; task_id?: string | undefined }[];
}

/** What messages_list has answered; null where it was not what was called last. */
export function inboxIn(turn: Turn): Inbox | null {
  if (!calledIn(turn).includes("messages_list")) return null;
  const [result] = turn.lastResults;
  if (result === undefined || result.isError) throw new Error(`messages_list: ${result?.text}`);
  return InboxJson.parse(JSON.parse(result.text.split("\n")[0] ?? ""));
}

/**
 * A model that reads its inbox when it is woken, and does with it what is said; a reply of null ends its turn, as all else does.
 * `first`: what it answers to all that is neither.
 */
export function reader(
  read: (inbox: Inbox, turn: Turn) => Reply | null,
  first: Script = () => say("Idle."),
): Script {
  return (turn) => {
    if (wakesOf(turn).length > 0) return call("messages_list");
    const inbox = inboxIn(turn);
    return inbox === null ? first(turn) : (read(inbox, turn) ?? say("Read."));
  };
}

const wakePattern = /<cross-session-message from-name="cord">\n([^]*?)\n<\/cross-session-message>/g;

const Used = z.object({ type: z.literal("tool_use"), name: z.string() });
const ToolResult = z.object({
  type: z.literal("tool_result"),
  content: z.union([
    z.string(),
    z
      .array(z.looseObject({ text: z.string().default("") }))
      .transform((parts) => parts.map(({ text }) => text).join("\n")),
  ]),
});
const InboxJson = z.object({
  items: z.array(z.object({ id: z.string(), from: z.string(), text: z.string() })),
  notices: z.array(z.object({ reason: z.string(), line: z.string(), task_id: z.string().optional() })),
});
