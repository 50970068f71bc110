import { postedIn } from "../../core/project.ts";
import type { Moment } from "../../core/moment.ts";
import type { TabHello } from "../../operations/tabs/schemas.ts";
import { heartbeat, lastSeen, noteAgent } from "../../store/tables/agents.ts";
import { appendAgentEvent } from "../../store/tables/events.ts";
import { isHandleTaken, moveAll } from "../../store/tables/handles.ts";
import {
  closeTab,
  dropTab,
  moveTab,
  putTab,
  tabById,
  tabsNamed,
  tabsOfConversation,
  type TabRow,
} from "../../store/tables/tabs.ts";
import type { Tx } from "../../store/store.ts";
import { WakeBudget } from "./budget.ts";
import { candidates, handleFor, isMadeOf, isName, type NamedBy } from "./handles.ts";

/** What is known of the other tabs, and of the moment. */
export interface Opening extends Moment {
  /** whether another tab is open */
  isOpen(id: string): boolean;
  /** whether it is, or may come back to a daemon that has just begun */
  mayBeOpen(id: string): boolean;
  newId(): string;
}

/** A tab's row after a change. `isMoved`: what the handle before had is the new one's; else they are two conversations'. */
export interface Changed {
  row: TabRow;
  isMoved: boolean;
}

/**
 * The row of a tab that opens: its own, as after a restart; else that of the tab whose conversation goes on in it; else a new one.
 * Its handle is what it had, unless another open tab has that by now.
 */
export async function openRow(tx: Tx, hello: TabHello, opening: Opening): Promise<Changed> {
  const own = await tabById(tx, hello.tab);
  const again = own ?? (await goneTab(tx, hello, opening));
  if (again && again.id !== hello.tab) await moveTab(tx, again.id, hello.tab);
  const project = postedIn(hello.project);
  const known = again ?? {
    ...(await named(tx, hello, project, opening)),
    ...unknown,
    opened_at: opening.now,
  };
  const row: TabRow = {
    ...known,
    id: hello.tab,
    project,
    client: hello.client,
    client_version: hello.client_version ?? known.client_version,
    folder: hello.folder ?? known.folder,
    pid: hello.pid ?? known.pid,
    wake: hello.wake,
    state: hello.state ?? null,
    waiting_for: hello.waiting_for ?? null,
    seen_at: opening.now,
    closed_at: null,
    woken: WakeBudget.opened(known.woken),
  };
  if (again && (await isAnothers(tx, row.handle, [row.id], opening))) {
    const base = row.chosen === 1 ? row.handle : handleFor({ ...row, shownName: hello.shown_name });
    Object.assign(row, { handle: await freeHandle(tx, base, row.id, opening), chosen: 0 });
  }
  await putTab(tx, row);
  await noteHandle(tx, row, opening);
  return hello.conversation === undefined
    ? { row, isMoved: true }
    : resumed(tx, row, hello.conversation, opening);
}

/** What is not known of a new tab before its bridge says it. */
const unknown = {
  client_version: null,
  conversation: null,
  folder: null,
  pid: null,
  woken: null,
} satisfies Partial<TabRow>;

/** The newest tab of the conversation, if none is open that has it. */
async function goneTab(
  tx: Tx,
  { client, conversation }: Pick<TabHello, "client" | "conversation">,
  { isOpen }: Opening,
): Promise<TabRow | null> {
  if (conversation === undefined) return null;
  const [newest, ...older] = await tabsOfConversation(tx, client, conversation);
  const isGone = newest !== undefined && ![newest, ...older].some(({ id }) => isOpen(id));
  return isGone ? newest : null;
}

/** A tab's first handle. What its bridge says that it had counts where a database was lost. */
async function named(
  tx: Tx,
  { tab, handle: said, is_chosen, client, shown_name }: TabHello,
  project: string | null,
  opening: Opening,
): Promise<Pick<TabRow, "handle" | "chosen">> {
  const handle = said !== undefined && isName(said) ? said : undefined;
  if (handle !== undefined && is_chosen && !(await isAnothers(tx, handle, [tab], opening)))
    return { handle, chosen: 1 };
  const base = handle ?? handleFor({ shownName: shown_name, client, project });
  return { handle: await freeHandle(tx, base, tab, opening), chosen: 0 };
}

/** Whether a tab has a handle that is open, or may come back, and is none of these. */
export async function isAnothers(
  tx: Tx,
  handle: string,
  own: readonly string[],
  { mayBeOpen }: Pick<Opening, "mayBeOpen">,
): Promise<boolean> {
  return (await tabsNamed(tx, handle)).some(({ id }) => !own.includes(id) && mayBeOpen(id));
}

async function freeHandle(tx: Tx, base: string, id: string, opening: Opening): Promise<string> {
  const handles = candidates(base, id);
  for (;;) {
    const { value: handle, done } = handles.next();
    if (done) return handle;
    if (await isAnothers(tx, handle, [id], opening)) continue;
    if (!(await isHandleTaken(tx, handle, opening.now))) return handle;
  }
}

/** A tab is an agent from its beginning on. */
async function noteHandle(tx: Tx, { handle, project }: TabRow, when: Moment): Promise<void> {
  if ((await lastSeen(tx, handle)) === null) await heartbeat(tx, { id: handle, name: handle, project }, when);
  else await noteAgent(tx, handle, project, when);
}

/** The row as it is with another name that its client shows: a handle that its agent chose stays. */
export async function shownAs(tx: Tx, row: TabRow, shownName: string, opening: Opening): Promise<TabRow> {
  const by: NamedBy = { shownName, client: row.client, project: row.project };
  const base = handleFor(by);
  if (row.chosen === 1 || isMadeOf(row.handle, base)) return row;
  return rename(tx, row, { handle: await freeHandle(tx, base, row.id, opening), chosen: 0 }, opening);
}

/** Gives a tab another handle, and with it all that it has. */
export async function rename(
  tx: Tx,
  row: TabRow,
  to: Pick<TabRow, "handle" | "chosen">,
  { now }: Moment,
): Promise<TabRow> {
  const renamed = { ...row, ...to };
  await putTab(tx, renamed);
  if (row.handle === to.handle) return renamed;
  await moveAll(tx, row.handle, to.handle);
  const agent = { id: to.handle, name: to.handle, project: row.project };
  await appendAgentEvent(tx, agent, now, { type: "agent.renamed", data: { from: row.handle } });
  return renamed;
}

/**
 * The row of a tab whose client goes on with another conversation. One that a tab before it had is that tab again, under its handle, and
 * what it was until now is gone until somebody resumes it; a new one is the same tab. Where its conversation was not known until now,
 * what it has had since it was opened is that tab's too, unless its agent has chosen a handle meanwhile.
 */
export async function resumed(tx: Tx, row: TabRow, conversation: string, opening: Opening): Promise<Changed> {
  const same = { ...row, conversation };
  if (row.conversation === conversation) return { row, isMoved: true };
  const isOpen = (id: string) => id !== row.id && opening.isOpen(id);
  const before = await goneTab(tx, { ...row, conversation }, { ...opening, isOpen });
  const isOther = before !== null && before.id !== row.id;
  if (!isOther || (await isAnothers(tx, before.handle, [row.id, before.id], opening))) {
    await putTab(tx, same);
    return { row: same, isMoved: true };
  }
  if (row.conversation === null) {
    await dropTab(tx, before.id);
    const { handle, chosen } = row.chosen === 1 ? row : before;
    return { row: await rename(tx, same, { handle, chosen }, opening), isMoved: true };
  }
  const gone = opening.newId();
  await moveTab(tx, row.id, gone);
  await closeTab(tx, gone, opening.now);
  await moveTab(tx, before.id, row.id);
  const again = { ...same, handle: before.handle, chosen: before.chosen };
  await putTab(tx, again);
  await noteHandle(tx, again, opening);
  return { row: again, isMoved: false };
}
