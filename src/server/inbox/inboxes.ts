import { addTo, removeFrom } from "../../core/by-key.ts";
import { concernsOf } from "../../core/concerns.ts";
import type { Event } from "../../core/event.ts";
import { afterHearing, type DeliveryWay, type Heard } from "../../core/tab.ts";
import { toldLine } from "../../core/told-line.ts";
import type { Inbox } from "../../operations/context.ts";
import {
  beginInboxes,
  deliverEvent,
  inboxCursor,
  noteRead,
  noteTold,
  type Begun,
} from "../../store/lifecycle/inbox.ts";
import { endWatch, matchWatch } from "../../store/lifecycle/watch.ts";
import {
  addNotice,
  countUnread,
  newestUnread,
  ofTask,
  unreadTasks,
  untoldOf,
  type InboxRow,
  type NewInboxRow,
} from "../../store/tables/inbox.ts";
import type { Store, Tx } from "../../store/store.ts";
import { watchesOf } from "../../store/tables/watches.ts";
import { Follower } from "./follower.ts";
import { WatchList } from "./watch-list.ts";

interface InboxesOptions {
  store: Store;
  /** the wall clock */
  clock(): number;
  complain(sentence: string): void;
  retryMs?: { min: number; max: number };
  /** Of so many tasks it is known whether somebody has something unread of them. Of more, each is looked at. */
  maxUnreadTasks?: number;
}

/** As many rows as one transaction adds, or a little more. */
const rowsAtOnce = 1000;
const defaultMaxUnreadTasks = 50_000;
const defaultLimit = 50;
const maxTold = 1000;

/** Keeps the inboxes: the projection of the log of events onto those whom they concern. */
export class Inboxes implements Inbox {
  readonly #options: InboxesOptions;
  readonly #follower: Follower;
  readonly #watches = new WatchList();
  readonly #untold = new Set<string>();
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #maxUnreadTasks: number;
  /** tasks of which something is unread, or was until lately; null: too many to be known */
  #unreadTasks: Set<string> | null = new Set();
  /** agents whose watches may be others than those in memory, and how many calls change them just now */
  readonly #stale = new Set<string>();
  readonly #changing = new Map<string, number>();
  #news = new Set<string>();
  #endTimer: NodeJS.Timeout | null = null;

  constructor(options: InboxesOptions) {
    this.#options = options;
    this.#maxUnreadTasks = options.maxUnreadTasks ?? defaultMaxUnreadTasks;
    this.#follower = new Follower({
      store: options.store,
      name: inboxCursor,
      begin: async (tx) => this.#begun(await beginInboxes(tx, this.#maxUnreadTasks)),
      prepare: () => this.#refresh(),
      isWanted: (event) => this.#isWanted(event),
      apply: (tx, events) => this.#apply(tx, events),
      applied: () => this.#applied(),
      complain: options.complain,
      ...(options.retryMs === undefined ? {} : { retryMs: options.retryMs }),
    });
  }

  settled(): Promise<void> {
    return this.#follower.settled();
  }

  async unread(agent: string, limit = defaultLimit): Promise<{ count: number; rows: InboxRow[] }> {
    await this.settled();
    return this.#options.store.read(async (tx) => ({
      count: await countUnread(tx, agent),
      rows: await newestUnread(tx, agent, limit),
    }));
  }

  hasUntold(agent: string): boolean {
    return this.#untold.has(agent);
  }

  async tell(agent: string, by: DeliveryWay): Promise<string | null> {
    if (!this.hasUntold(agent)) return null;
    const { store, clock } = this.#options;
    const rows = await store.write(async (tx) => {
      const untold = await untoldOf(tx, agent, maxTold);
      await noteTold(tx, untold, by, clock());
      return untold;
    });
    if (rows.length < maxTold) this.#untold.delete(agent);
    return rows.length === 0 ? null : toldLine(agent, rows);
  }

  async heard(agent: string, taskIds: readonly string[], how: Heard): Promise<void> {
    if (taskIds.length === 0) return;
    await this.settled();
    const unread = taskIds.filter((id) => this.#isUnread(id));
    if (unread.length === 0) return;
    const { store, clock } = this.#options;
    // most of what a list gives is in the inboxes of others: a read is enough to know that
    const own = await store.read(async (tx) => {
      const found: string[] = [];
      for (const id of unread) if ((await ofTask(tx, id, agent)).length > 0) found.push(id);
      return found;
    });
    if (own.length === 0) return;
    await store.write(async (tx) => {
      for (const id of own) {
        const rows = await ofTask(tx, id, agent);
        const that = (then: "read" | "told") => rows.filter((row) => afterHearing(row, how) === then);
        await noteRead(tx, that("read"), clock());
        await noteTold(tx, that("told"), "note", clock());
      }
    });
  }

  async put(notice: NewInboxRow): Promise<void> {
    const { store, clock } = this.#options;
    await store.write((tx) => addNotice(tx, notice, clock()));
    this.#tell(notice.agent, notice.task_id);
  }

  async changingWatches<T>(agent: string, change: () => Promise<T>): Promise<T> {
    this.#changing.set(agent, (this.#changing.get(agent) ?? 0) + 1);
    try {
      return await change();
    } finally {
      const left = (this.#changing.get(agent) ?? 1) - 1;
      if (left > 0) this.#changing.set(agent, left);
      else this.#changing.delete(agent);
      this.#stale.add(agent);
      this.#follower.nudge();
    }
  }

  onNew(agent: string, onNew: () => void): () => void {
    const listener = () => onNew();
    addTo(this.#listeners, agent, listener);
    return () => void removeFrom(this.#listeners, agent, listener);
  }

  async stop(): Promise<void> {
    if (this.#endTimer) clearTimeout(this.#endTimer);
    await this.#follower.stop();
  }

  #begun({ untold, unreadTasks: unread, watches }: Begun): void {
    for (const agent of untold) this.#untold.add(agent);
    this.#unreadTasks = unread.length < this.#maxUnreadTasks ? new Set(unread) : null;
    this.#watches.replace(watches);
  }

  /**
   * Brings the watches in memory up to what is durable. Those of an agent whose call changes them just now are read anew for each
   * batch: a watch that is there before an event hears of it.
   */
  async #refresh(): Promise<void> {
    const agents = [...this.#stale, ...this.#changing.keys()];
    this.#stale.clear();
    if (agents.length > 0) await this.#readWatches(agents);
    this.#armEnd();
    if ((this.#unreadTasks?.size ?? 0) >= this.#maxUnreadTasks) await this.#readUnreadTasks();
  }

  async #readWatches(agents: readonly string[]): Promise<void> {
    try {
      await this.#options.store.read(async (tx) => {
        for (const agent of agents) this.#watches.replaceOf(agent, await watchesOf(tx, agent));
      });
    } catch (error) {
      // to be read anew once the disk is well
      for (const agent of agents) this.#stale.add(agent);
      throw error;
    }
  }

  /** Forgets the tasks of which all was read meanwhile. Where that is less than half of them, it would be done too often. */
  async #readUnreadTasks(): Promise<void> {
    const unread = await this.#options.store.read((tx) => unreadTasks(tx, this.#maxUnreadTasks));
    this.#unreadTasks = unread.length <= this.#maxUnreadTasks / 2 ? new Set(unread) : null;
  }

  #isWanted(event: Event): boolean {
    return (
      event.type === "agent.renamed" ||
      (event.task_id !== null && this.#isUnread(event.task_id)) ||
      this.#watches.matching(event).length > 0 ||
      concernsOf(event).length > 0
    );
  }

  #isUnread(taskId: string): boolean {
    return this.#unreadTasks?.has(taskId) ?? true;
  }

  async #apply(tx: Tx, events: readonly Event[]): Promise<number> {
    this.#news = new Set();
    let rows = 0;
    let until = 0;
    for (const event of events) {
      const told = await deliverEvent(tx, event, (taskId) => this.#isUnread(taskId));
      if (event.type === "agent.renamed") this.#stale.add(event.data.from).add(event.agent ?? "");
      for (const { id, agent } of this.#watches.matching(event)) {
        this.#stale.add(agent);
        const matched = await matchWatch(tx, id, event);
        if (matched !== null) told.push(matched);
      }
      for (const agent of told) this.#news.add(agent);
      if (told.length > 0 && event.task_id !== null) this.#noteUnread(event.task_id);
      rows += told.length;
      until = event.seq;
      if (rows >= rowsAtOnce) break;
    }
    return until;
  }

  #applied(): void {
    const agents = this.#news;
    this.#news = new Set();
    for (const agent of agents) this.#tell(agent, null);
  }

  #tell(agent: string, taskId: string | null): void {
    if (taskId !== null) this.#noteUnread(taskId);
    this.#untold.add(agent);
    for (const listener of this.#listeners.get(agent) ?? []) listener();
  }

  #noteUnread(taskId: string): void {
    this.#unreadTasks?.add(taskId);
  }

  /** Watches that end by themselves do so by the wall clock, in steps that no timer is too short for. */
  #armEnd(): void {
    if (this.#endTimer) clearTimeout(this.#endTimer);
    this.#endTimer = null;
    const next = this.#watches.nextEnd;
    if (next === null) return;
    const delayMs = Math.min(Math.max(0, next - this.#options.clock()), maxTimerMs);
    this.#endTimer = setTimeout(() => void this.#endWatches().catch(() => {}), delayMs).unref();
  }

  async #endWatches(): Promise<void> {
    const { store, clock } = this.#options;
    const due = this.#watches.endedBy(clock());
    const ended = await store.write(async (tx) => {
      const agents: string[] = [];
      for (const { id } of due) agents.push(...(await endWatch(tx, id, clock())));
      return agents;
    });
    for (const { agent } of due) this.#stale.add(agent);
    for (const agent of ended) this.#tell(agent, null);
    this.#follower.nudge();
  }
}

const maxTimerMs = 3_600_000;
