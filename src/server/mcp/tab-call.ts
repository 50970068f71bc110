import { z } from "zod";
import { CordError } from "../../core/error.ts";
import { operations } from "../../operations/list.ts";
import type { Operation, PreparedCall } from "../../operations/operation.ts";
import type { Surface, Services } from "../../operations/context.ts";
import { chooseHandle, knowHandle, shareTab } from "./tab-identity.ts";
import { inboxNote } from "./tab-inbox.ts";
import { newsFor } from "./tab-news.ts";
import { notesFor } from "./tab-notes.ts";
import type { TabRequest } from "./tab-request.ts";
import { actorOf, filledIn, forget, learn, onlyHandle, remember, type Tab } from "./tab.ts";

/** What a call of a tab came with. */
interface TabContext {
  services: Services;
  tab: Tab;
  said: Pick<TabRequest, "requestId" | "notice">;
}

/**
 * Reads a call of a tab. What it does not say its session fills in when it is performed; what may be held open takes nothing
 * that has to be filled in.
 */
export function prepareInTab(
  context: TabContext,
  operation: Operation,
  input: Record<string, unknown>,
  surface: Surface,
): PreparedCall {
  const { services, tab } = context;
  const waits = operation.mayBeHeldOpen
    ? operation.prepare(services, { kind: "tab", agent: tab.agent }, input, surface)
    : null;
  return {
    holdsOpenMs: waits?.holdsOpenMs ?? 0,
    waitsFor: waits?.waitsFor,
    async perform(signal) {
      // beside a call that gives the tab another handle, something would be left under the one before
      while (tab.choosing !== null) await tab.choosing;
      if (operation.introduces !== undefined) return choosing(context, { operation, input, surface }, signal);
      await knowHandle(services, tab, isNobodys(tab, operation, input));
      const agent = onlyHandle(tab);
      // whoever waits in a call hears of what is new by its result
      const release = agent !== null && waits?.holdsOpenMs ? services.presence.hold(agent) : () => {};
      try {
        return await performInTab(context, { operation, input, surface }, signal);
      } finally {
        release();
      }
    },
  };
}

/** Performs a call that says who the tab is; the tab's others wait for it. */
async function choosing(context: TabContext, call: ReadCall, signal: AbortSignal): Promise<unknown> {
  const { services, tab } = context;
  const done = Promise.withResolvers<void>();
  tab.choosing = done.promise;
  try {
    await knowHandle(services, tab);
    return await performInTab(context, call, signal);
  } finally {
    tab.choosing = null;
    done.resolve();
  }
}

/** Whether nobody knows whom a call acts as that has to be somebody's. */
function isNobodys({ agent, own }: Tab, operation: Operation, { agentId }: Record<string, unknown>): boolean {
  return agent === null && own === null && agentId === undefined && "agentId" in operation.input.shape;
}

interface ReadCall {
  operation: Operation;
  input: Record<string, unknown>;
  surface: Surface;
}

/** Keeps what the call tells about the session, and notes what to say beside its result. */
async function performInTab(
  context: TabContext,
  { operation, input, surface }: ReadCall,
  signal: AbortSignal,
): Promise<unknown> {
  const { services, tab, said } = context;
  const heldId = await heldTask(context, input["id"], signal);
  const filled = filledIn(tab, { operation, input, heldId }, said.requestId);
  const open = tab.tabId === null ? null : services.tabs.find({ tab: tab.tabId });
  if ("folder" in operation.input.shape && open?.row.folder) filled["folder"] ??= open.row.folder;
  const hold = heldId === null ? undefined : tab.holds.get(heldId);
  const call = { operation, input: filled, heldId, hold };
  const caller = { kind: "tab" as const, agent: actorOf(operation, filled) ?? onlyHandle(tab) };
  const begun = services.monotonic();
  let result: unknown;
  try {
    result = await operation.perform(services, caller, filled, signal, surface);
  } catch (error) {
    if (error instanceof CordError && error.code === "stale_lease") forget(tab, call);
    throw error;
  }
  const inVain = await chooseHandle(services, tab, call);
  learn(tab, call, result, begun);
  shareTab(services, tab);
  if (open !== null && caller.agent !== null) remember(open.actors, caller.agent);
  if (inVain !== null) surface.note(inVain);
  if (said.notice !== null) surface.note(said.notice);
  for (const note of await notesFor(services, tab, call, result)) surface.note(note);
  const news = await newsFor(services, tab, call, result);
  for (const note of news.notes) surface.note(note);
  for (const note of await inboxNote(services, tab, call, { result, told: news.about })) surface.note(note);
  return result;
}

const Found = z.object({ id: z.string() }).nullable();

/** The id of a task that the session holds, however a call writes it; null for any other. */
async function heldTask(
  { services, tab }: TabContext,
  id: unknown,
  signal: AbortSignal,
): Promise<string | null> {
  if (typeof id !== "string" || tab.holds.size === 0) return null;
  if (tab.holds.has(id)) return id;
  const caller = { kind: "tab" as const, agent: tab.agent };
  const get = operations["tasks/get"];
  const where = tab.project === null ? {} : { project: tab.project };
  // one that cannot be found, or fits several, is refused by the call itself
  const found = await get.perform(services, caller, { ...where, id, messages: 0 }, signal).catch(() => null);
  const task = Found.safeParse(found).data ?? null;
  return task !== null && tab.holds.has(task.id) ? task.id : null;
}
