import type { Services } from "../../operations/context.ts";
import { actorOf, onlyHandle, taskIn, type Call, type Tab } from "./tab.ts";

/**
 * One line about what is in its agent's inbox that it was not told of, said once. What the call itself gave counts as read, and `told`, the
 * tasks that another note was about, as told.
 */
export async function inboxNote(
  { inbox }: Services,
  tab: Tab,
  call: Call,
  { result, told }: { result: unknown; told: readonly string[] },
): Promise<string[]> {
  const agent = actorOf(call.operation, call.input) ?? onlyHandle(tab);
  if (agent === null) return [];
  for (const id of told) await inbox.heard(agent, id, false);
  const read = call.operation.act === "read" ? taskIn(result) : null;
  if (read !== null) await inbox.heard(agent, read.id, true);
  const line = await inbox.tell(agent, "note");
  return line === null ? [] : [line];
}
