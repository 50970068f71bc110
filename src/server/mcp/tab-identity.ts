import { plain } from "../../core/text.ts";
import type { Services } from "../../operations/context.ts";
import { actorOf, onlyHandle, type Call, type Tab } from "./tab.ts";

/**
 * Learns which handle the tab has that a session belongs to, if its bridge names one. Until its first stream is open it has none: a call
 * that has to know waits for that, for a second.
 */
export async function knowHandle({ tabs }: Services, tab: Tab, hasToKnow = false): Promise<void> {
  if (tab.tabId !== null) tab.own = (await tabs.handleOf(tab.tabId, hasToKnow)) ?? tab.own;
}

/**
 * A handle that an agent chooses becomes its tab's, in place of the one that it was given: with a heartbeat, or by what it says it is
 * where nobody has acted in the session yet. A further one is a sub-agent's. Gives what to say to whoever chose one in vain.
 */
export async function chooseHandle(
  services: Services,
  tab: Tab,
  { operation, input }: Call,
): Promise<string | null> {
  const chosen = actorOf(operation, input);
  if (tab.tabId === null || chosen === null || chosen === tab.own) return null;
  const isNew = !tab.handles.has(chosen);
  if (operation.introduces === undefined && tab.handles.size > 0) return null;
  // the first call of all may come before the tab's stream
  if (tab.own === null) await knowHandle(services, tab, isNew);
  if (tab.own === null || chosen === tab.own) return null;
  const own = await services.tabs.choose(tab.tabId, chosen);
  if (own === null) return null;
  tab.own = own;
  return chosen === tab.own || !isNew
    ? null
    : `This tab is ${plain(tab.own)} for the others, and woken for that alone; ${plain(chosen)} is taken for a sub-agent of it.`;
}

/** Tells the tab whether a call that does not say who it is is another's. */
export function shareTab({ tabs }: Services, tab: Tab): void {
  if (tab.tabId !== null) tabs.share(tab.tabId, onlyHandle(tab) !== tab.own);
}

/** An agent has another name: what its session knows of it goes on under that. `isMoved`: what it holds, too. */
export function renamed(
  tab: Tab,
  { from, to, isMoved }: { from: string; to: string; isMoved: boolean },
): void {
  if (tab.own === from) tab.own = to;
  if (tab.agent === from) tab.agent = to;
  for (const names of [tab.handles, tab.told]) if (names.delete(from)) names.add(to);
  if (!isMoved) return;
  for (const task of [...tab.holds.values(), ...tab.asked.values()]) if (task.agent === from) task.agent = to;
}
