import { moveTo, type ByKey } from "../../core/by-key.ts";
import { CordError } from "../../core/error.ts";
import type { Moment } from "../../core/moment.ts";
import type { WakeWay } from "../../core/tab.ts";
import type { Following } from "../../operations/following.ts";
import type { OpenTab, Renamed, TabControl, TabSaying, TabSought } from "../../operations/tabs/control.ts";
import type { TabHello, TabReport } from "../../operations/tabs/schemas.ts";
import { noteAgent } from "../../store/tables/agents.ts";
import { closeLeftTabs, closeTab, putTab, tabById, type TabRow } from "../../store/tables/tabs.ts";
import type { Store, Tx } from "../../store/store.ts";
import { isName } from "./handles.ts";
import { Link } from "./link.ts";
import { isAnothers, openRow, rename, resumed, shownAs, type Changed, type Opening } from "./opening.ts";
import { TabWakes, type WakesAround } from "./tab-wakes.ts";

/** What the tabs need of the daemon around them. */
export interface TabsAround extends WakesAround {
  store: Store;
  moment(): Moment;
  newId(): string;
}

/** How long after its start a daemon takes tabs that were open before for tabs that come back. */
const comeBackMs = 60_000;
/** How long a call waits for its tab to be opened. */
const opensWithinMs = 1000;

interface Held {
  tab: OpenTab;
  wakes: TabWakes;
  /** the changes of its row, one after the other */
  changing: Promise<unknown>;
}

/** What becomes of a tab's row; it is written as it is returned. */
type Change = (tx: Tx, row: TabRow, opening: Opening) => Promise<Changed>;

function moved(row: TabRow): Changed {
  return { row, isMoved: true };
}

/**
 * The tabs whose bridges are connected. A crash of the daemon forgets who they are only until they come back, which the bridges do by
 * themselves; their handles lie in the database.
 */
export class Tabs implements TabControl {
  readonly #around: TabsAround;
  readonly #held = new Map<string, Held>();
  readonly #byHandle: ByKey<Held> = new Map();
  readonly #byPid: ByKey<Held, number> = new Map();
  /** by the tab's id, also while it is being opened: what its bridge follows, and what a plugin in its client does */
  readonly #links = new Map<string, Map<"bridge" | "plugin", Link>>();
  readonly #left: { ids: Set<string>; until: number };
  readonly #onRenamed: ((id: string, names: Renamed) => void)[] = [];
  /** calls that wait for a tab to be opened */
  readonly #awaiting = new Set<{ id: string; tell(): void }>();
  #isStopped = false;

  constructor(around: TabsAround) {
    this.#around = around;
    const { now, monotonic } = around.moment();
    this.#left = { ids: new Set(), until: monotonic + comeBackMs };
    void around.store
      .write(async (tx) => {
        for (const id of await closeLeftTabs(tx, now)) this.#left.ids.add(id);
      })
      .catch(() => {});
    around.presence.ask((agent) => this.#named(agent) !== undefined);
    around.presence.onFree((agent) => void this.#named(agent)?.wakes.stir());
  }

  follow(hello: TabHello): Following<TabSaying> {
    const { tab: id } = hello;
    const role = hello.wake === "plugin" ? "plugin" : "bridge";
    return new Link(
      async (link) => {
        const links = this.#links.get(id) ?? new Map();
        this.#links.set(id, links);
        const before = links.get(role);
        links.set(role, link);
        // whoever comes back takes the place of a stream whose end nobody has noticed
        before?.close();
        const held = this.#held.get(id);
        held?.wakes.reopened();
        if (held && role === "plugin") this.#introduce(held);
        else await this.#open(hello, link);
        void this.#held.get(id)?.wakes.stir();
      },
      (link) => {
        const links = this.#links.get(id);
        if (links?.get(role) !== link) return;
        links.delete(role);
        // a plugin acts for a tab whose bridge is there, and finds the next one by itself
        const plugin = links.get("plugin");
        if (plugin) plugin.close();
        else if (links.size === 0) this.#leave(id);
      },
    );
  }

  async report(report: TabReport): Promise<string> {
    const { tab: id, state, waiting_for, wake, conversation, shown_name, woken } = report;
    const held = this.#required(id);
    const { row } = held.tab;
    if (state !== undefined) Object.assign(row, { state, waiting_for: null });
    if (waiting_for !== undefined) row.waiting_for = waiting_for;
    if (woken !== undefined) await held.wakes.went(woken);
    if (wake !== undefined) await this.#change(held, async (_, before) => moved({ ...before, wake }));
    if (conversation !== undefined)
      await this.#change(held, (tx, before, opening) => resumed(tx, before, conversation, opening));
    if (shown_name !== undefined)
      await this.#change(held, async (tx, before, opening) =>
        moved(await shownAs(tx, before, shown_name, opening)),
      );
    void held.wakes.stir();
    return held.tab.row.handle;
  }

  async choose(id: string, handle: string): Promise<string | null> {
    // of one that comes back to another daemon only the row may be there yet
    await this.#opened(id);
    const held = this.#held.get(id);
    if (!held) return null;
    await this.#change(held, async (tx, row, opening) => {
      const isFree = isName(handle) && !(await isAnothers(tx, handle, [id], opening));
      if (row.chosen === 1 || !isFree) return moved(row);
      return moved(await rename(tx, row, { handle, chosen: 1 }, opening));
    });
    return held.tab.row.handle;
  }

  share(id: string, isShared: boolean): void {
    const held = this.#held.get(id);
    if (held) held.tab.isShared = isShared;
  }

  async handleOf(id: string, waits: boolean): Promise<string | null> {
    const known = this.#held.get(id);
    if (known) return known.tab.row.handle;
    const row = await this.#around.store.read((tx) => tabById(tx, id));
    if (row !== null || !waits) return row?.handle ?? null;
    await this.#opened(id);
    return this.#held.get(id)?.tab.row.handle ?? null;
  }

  find({ tab, pids = [], conversation, agent }: TabSought): OpenTab | null {
    const known = tab === undefined ? undefined : this.#held.get(tab);
    if (known) return known.tab;
    for (const pid of pids) {
      const own = [...(this.#byPid.get(pid) ?? [])].map((held) => held.tab);
      if (own.length > 0) return theOneOf(own, conversation);
    }
    return agent === undefined ? null : (this.#named(agent)?.tab ?? null);
  }

  onRenamed(onRenamed: (id: string, names: Renamed) => void): void {
    this.#onRenamed.push(onRenamed);
  }

  async poke(agent: string, give: () => Promise<void>) {
    const held = this.#named(agent);
    if (held) return held.wakes.poke(give);
    await give();
    return { woken: null, trouble: `${agent} has no open tab: it is told when it comes back.` };
  }

  /** What is open stays so for the next daemon, to which its bridge comes back. */
  stop(): void {
    this.#isStopped = true;
    for (const { wakes } of this.#held.values()) wakes.stop();
  }

  async #open(hello: TabHello, link: Link): Promise<void> {
    const { tab: id, wakes, reservations } = hello;
    const opened = await this.#around.store.write((tx) => openRow(tx, hello, this.#opening(id)));
    const { row } = opened;
    const links = this.#links.get(id);
    if (links === undefined) return this.#leave(id);
    if (link.isOver) return;
    const known = this.#held.get(id);
    const isMuted = wakes === "off";
    if (known) {
      Object.assign(known.tab, { isMuted, reservations });
      Object.assign(known.tab.row, { state: row.state, waiting_for: row.waiting_for });
      this.#becomes(known, opened);
      return this.#introduce(known);
    }
    const ways = (): WakeWay =>
      links.has("plugin") ? "plugin" : tab.row.wake === "plugin" ? "none" : tab.row.wake;
    const tab: OpenTab = {
      row,
      isMuted,
      isShared: false,
      actors: new Set(),
      reservations,
      get wake() {
        return ways();
      },
      get wakesLeft() {
        return held.wakes.left;
      },
    };
    const say = (saying: TabSaying) => (links.get("plugin") ?? links.get("bridge"))?.say(saying);
    const held: Held = { tab, wakes: new TabWakes(this.#around, tab, say), changing: Promise.resolve() };
    this.#held.set(id, held);
    this.#index(held, null, row);
    for (const call of this.#awaiting) if (call.id === id) call.tell();
    this.#introduce(held);
  }

  /** Changes a tab's row, one change after the other. */
  async #change(held: Held, change: Change): Promise<void> {
    const before = held.changing;
    const changing = before.then(() => this.#changeNow(held, change));
    held.changing = changing.catch(() => {});
    return changing;
  }

  async #changeNow(held: Held, change: Change): Promise<void> {
    const { tab } = held;
    const { id } = tab.row;
    const changed = await this.#around.store.write(async (tx) => {
      const made = await change(tx, tab.row, this.#opening(id));
      await putTab(tx, made.row);
      return made;
    });
    this.#becomes(held, changed);
  }

  /** Takes up what a tab's row is now, and tells who has to know of another handle. */
  #becomes(held: Held, { row, isMoved }: Changed): void {
    const { tab } = held;
    const before = tab.row;
    const { handle: from, state, waiting_for, woken } = before;
    // of what changes without being written the newest counts
    tab.row = { ...row, state, waiting_for, woken };
    if (this.#held.get(row.id) === held) this.#index(held, before, row);
    if (row.handle === from) return;
    held.wakes.renamed(isMoved);
    for (const tell of this.#onRenamed) tell(row.id, { from, to: row.handle, isMoved });
    this.#introduce(held);
  }

  #named(agent: string): Held | undefined {
    const [held] = this.#byHandle.get(agent) ?? [];
    return held;
  }

  /** A tab is found by what its row is now; null: it was not open, or is so no more. */
  #index(held: Held, before: TabRow | null, now: TabRow | null): void {
    moveTo(this.#byHandle, { from: before?.handle ?? null, to: now?.handle ?? null }, held);
    moveTo(this.#byPid, { from: before?.pid ?? null, to: now?.pid ?? null }, held);
  }

  #required(id: string): Held {
    const held = this.#held.get(id);
    if (held) return held;
    throw new CordError("not_found", "This tab is not open: follow it first.");
  }

  #opening(id: string): Opening {
    const { moment, newId } = this.#around;
    const isOpen = (other: string) => other !== id && this.#links.has(other);
    const mayComeBack = moment().monotonic < this.#left.until;
    const mayBeOpen = (other: string) =>
      isOpen(other) || (mayComeBack && other !== id && this.#left.ids.has(other));
    return { ...moment(), newId, isOpen, mayBeOpen };
  }

  /** Resolves when a tab is open, or when that takes too long. */
  async #opened(id: string): Promise<void> {
    if (this.#held.has(id)) return;
    const over = Promise.withResolvers<void>();
    const call = { id, tell: over.resolve };
    this.#awaiting.add(call);
    const cancel = this.#around.schedule(over.resolve, opensWithinMs);
    await over.promise;
    cancel();
    this.#awaiting.delete(call);
  }

  /** Tells whoever acts for a tab who it is. */
  #introduce({ tab }: Held): void {
    const { id, handle } = tab.row;
    const tell = async () => {
      const { count } = await this.#around.inbox.unread(handle, 0);
      for (const link of this.#links.get(id)?.values() ?? [])
        link.say({ event: "tab", data: { handle, unread: count } });
    };
    void tell().catch(() => this.#links.get(id)?.forEach((link) => link.close()));
  }

  /** A tab is closed once nobody follows it. One that comes back meanwhile stays open. */
  #leave(id: string): void {
    this.#links.delete(id);
    const held = this.#held.get(id);
    const row = held?.tab.row;
    held?.wakes.stop();
    this.#held.delete(id);
    if (held) this.#index(held, held.tab.row, null);
    if (this.#isStopped) return;
    if (row) this.#around.presence.left(row.handle);
    const close = this.#around.store.write(async (tx) => {
      if (this.#links.has(id)) return;
      const when = this.#around.moment();
      await closeTab(tx, id, when.now);
      if (row) await noteAgent(tx, row.handle, row.project, when);
    });
    close.catch(() => {});
  }
}

/** Of several tabs of one process that of a conversation; null where nobody can say which it is. */
function theOneOf(tabs: readonly OpenTab[], conversation: string | undefined): OpenTab | null {
  const named = tabs.find(({ row }) => row.conversation === conversation);
  if (named !== undefined) return named;
  const [first = null, ...others] = tabs;
  return others.every(({ row }) => row.conversation === first?.row.conversation) ? first : null;
}
