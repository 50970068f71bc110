import { z } from "zod";
import { CordError } from "../../core/error.ts";
import { operations } from "../../operations/list.ts";
import type { Operation } from "../../operations/operation.ts";
import { toolSurface } from "./arguments.ts";
import type { Behalf } from "../behalf.ts";
import { notesFor } from "./tab-notes.ts";
import { actorOf, filledIn, forget, learn, type Tab } from "./tab.ts";

/**
 * Performs a call of a tab, with what its session knows and the call does not say. What the call tells about the session is
 * kept, and what is to be said beside its result is added to the notes.
 */
export async function performInTab(
  behalf: Behalf,
  tab: Tab,
  operation: Operation,
  input: Record<string, unknown>,
  notes: string[],
): Promise<unknown> {
  const { world, signal, notice = null, requestId = null } = behalf;
  const heldId = await heldTask(behalf, tab, input["id"]);
  const filled = filledIn(tab, { operation, input, heldId }, requestId);
  const call = { operation, input: filled, heldId };
  const caller = { kind: "tab" as const, agent: actorOf(operation, filled) ?? onlyHandle(tab) };
  const begun = world.monotonic();
  let result: unknown;
  try {
    result = await operation.perform(world, caller, filled, signal, toolSurface(notes));
  } catch (error) {
    if (error instanceof CordError && error.code === "stale_lease") forget(tab, call);
    throw error;
  }
  learn(tab, call, result, begun);
  if (notice !== null) notes.push(notice);
  notes.push(...(await notesFor(world, tab, call, result)));
  return result;
}

/** Of several that share a session nobody knows which one calls. */
function onlyHandle({ handles, agent }: Tab): string | null {
  return handles.size > 1 ? null : agent;
}

const Found = z.object({ id: z.string() }).nullable();

/** The id of a task that the session holds, however a call writes it; null for any other. */
async function heldTask({ world, signal }: Behalf, tab: Tab, id: unknown): Promise<string | null> {
  if (typeof id !== "string" || tab.holds.size === 0) return null;
  if (tab.holds.has(id)) return id;
  const caller = { kind: "tab" as const, agent: tab.agent };
  const get = operations["tasks/get"];
  const where = tab.project === null ? {} : { project: tab.project };
  // one that cannot be found, or fits several, is refused by the call itself
  const found = await get.perform(world, caller, { ...where, id }, signal).catch(() => null);
  const task = Found.safeParse(found).data ?? null;
  return task !== null && tab.holds.has(task.id) ? task.id : null;
}
