import { z } from "zod";
import type { Services } from "../../operations/context.ts";
import { actorOf, onlyHandle, taskIn, type Call, type Tab } from "./tab.ts";

/**
 * One line about what is in its agent's inbox that it was not told of, said once, beside what the call itself has given and what another
 * note has said (`told`: the tasks that it was about).
 */
export async function inboxNote(
  { inbox }: Services,
  tab: Tab,
  call: Call,
  { result, told }: { result: unknown; told: readonly string[] },
): Promise<string[]> {
  const agent = actorOf(call.operation, call.input) ?? onlyHandle(tab);
  if (agent === null) return [];
  await inbox.heard(agent, listedIn(call, result), "listed");
  await inbox.heard(agent, told, "noted");
  await inbox.heard(agent, readIn(call, result), "read");
  const line = await inbox.tell(agent, "note");
  return line === null ? [] : [line];
}

const Page = z.object({ items: z.array(z.object({ id: z.string() })) });

/** The tasks of a list, as a wait that ends gives one. */
function listedIn({ operation }: Call, result: unknown): string[] {
  if (!("all_projects" in operation.input.shape)) return [];
  return Page.safeParse(result).data?.items.map(({ id }) => id) ?? [];
}

const Answered = z.object({ task: z.object({ id: z.string() }), answer: z.string() });

/** The task that a call has read, or whose question it has waited for until the answer came. */
function readIn({ operation }: Call, result: unknown): string[] {
  const read = operation.act === "read" ? taskIn(result) : null;
  const asked = operation.lease === "asks" ? Answered.safeParse(result).data?.task : undefined;
  return [read, asked].flatMap((task) => task?.id ?? []);
}
