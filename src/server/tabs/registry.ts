import { CordError } from "../../core/error.ts";
import type { Moment } from "../../core/moment.ts";
import type { Following } from "../../operations/following.ts";
import type { OpenTab, TabControl, TabSaying, TabSought } from "../../operations/tabs/control.ts";
import type { TabHello, TabReport } from "../../operations/tabs/schemas.ts";
import { closeLeftTabs, closeTab, putTab } from "../../store/tables/tabs.ts";
import type { Store } from "../../store/store.ts";
import { Link } from "./link.ts";
import { openRow, resumed, shownAs, type Opening } from "./opening.ts";

/** What the tabs need of the daemon around them. */
export interface TabsAround {
  store: Store;
  moment(): Moment;
  newId(): string;
  /** how much is unread in an agent's inbox */
  unread(agent: string): Promise<number>;
}

/** How long after its start a daemon takes tabs that were open before for tabs that come back. */
const comeBackMs = 60_000;

/**
 * The tabs whose bridges are connected. A crash of the daemon forgets who they are only until they come back, which the bridges do by
 * themselves; their handles lie in the database.
 */
export class Tabs implements TabControl {
  readonly #around: TabsAround;
  readonly #tabs = new Map<string, OpenTab>();
  /** by the tab's id, also while it is being opened */
  readonly #links = new Map<string, Set<Link>>();
  readonly #left: { ids: ReadonlySet<string>; until: number };

  constructor(around: TabsAround) {
    this.#around = around;
    const left = new Set<string>();
    this.#left = { ids: left, until: around.moment().monotonic + comeBackMs };
    void around.store
      .write(closeLeftTabs)
      .then((ids) => ids.forEach((id) => left.add(id)))
      .catch(() => {});
  }

  follow(hello: TabHello): Following<TabSaying> {
    const { tab: id } = hello;
    return new Link(
      async (link) => {
        this.#linksOf(id).add(link);
        const row = await this.#around.store.write((tx) => openRow(tx, hello, this.#opening(id)));
        if (link.isOver) return this.#leave(id);
        const { wakes, reservations } = hello;
        this.#tabs.set(id, { row, isMuted: wakes === "off", reservations });
        await this.#introduce(id);
      },
      (link) => {
        this.#linksOf(id).delete(link);
        if (this.#tabs.has(id)) this.#leave(id);
      },
    );
  }

  async report(report: TabReport): Promise<string> {
    const { tab: id, state, waiting_for, wake } = report;
    const tab = this.#tabs.get(id);
    if (tab === undefined) throw new CordError("not_found", "This tab is not open: follow it first.");
    if (state !== undefined) Object.assign(tab.row, { state, waiting_for: null });
    if (waiting_for !== undefined) tab.row.waiting_for = waiting_for;
    if (wake !== undefined) tab.row.wake = wake;
    await this.#keep(tab, report);
    return tab.row.handle;
  }

  find({ tab, pids = [], agent }: TabSought): OpenTab | null {
    const known = tab === undefined ? undefined : this.#tabs.get(tab);
    if (known) return known;
    for (const pid of pids) {
      const own = this.open().find(({ row }) => row.pid === pid);
      if (own) return own;
    }
    return (agent !== undefined && this.open().find(({ row }) => row.handle === agent)) || null;
  }

  open(): OpenTab[] {
    return [...this.#tabs.values()];
  }

  /** Writes what has to outlive the daemon, if that changed. */
  async #keep(tab: OpenTab, { conversation, shown_name, wake }: TabReport): Promise<void> {
    if (conversation === undefined && shown_name === undefined && wake === undefined) return;
    const { id, handle } = tab.row;
    const opening = this.#opening(id);
    tab.row = await this.#around.store.write(async (tx) => {
      let { row } = tab;
      if (conversation !== undefined) row = await resumed(tx, row, conversation, opening);
      if (shown_name !== undefined) row = await shownAs(tx, row, shown_name, opening);
      await putTab(tx, row);
      return row;
    });
    if (tab.row.handle !== handle) await this.#introduce(id);
  }

  #opening(id: string): Opening {
    const { moment, newId } = this.#around;
    return { ...moment(), newId, isOpen: (other) => other !== id && this.#isOpen(other) };
  }

  #isOpen(id: string): boolean {
    if ((this.#links.get(id)?.size ?? 0) > 0) return true;
    return this.#left.ids.has(id) && this.#around.moment().monotonic < this.#left.until;
  }

  #linksOf(id: string): Set<Link> {
    const known = this.#links.get(id) ?? new Set();
    this.#links.set(id, known);
    return known;
  }

  /** Tells a tab's bridge who it is. */
  async #introduce(id: string): Promise<void> {
    const tab = this.#tabs.get(id);
    if (tab === undefined) return;
    const { handle } = tab.row;
    const unread = await this.#around.unread(handle);
    for (const link of this.#linksOf(id)) link.say({ event: "tab", data: { handle, unread } });
  }

  /** A tab is closed once nobody follows it. One that comes back meanwhile stays open. */
  #leave(id: string): void {
    if (this.#linksOf(id).size > 0) return;
    this.#links.delete(id);
    this.#tabs.delete(id);
    const close = this.#around.store.write(async (tx) => {
      if (!this.#links.has(id)) await closeTab(tx, id, this.#around.moment().now);
    });
    close.catch(() => {});
  }
}
