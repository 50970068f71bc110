import { tabBounds } from "../../core/limits.ts";
import type { Moment } from "../../core/moment.ts";
import type { WakeWay } from "../../core/tab.ts";
import { withoutFullStop } from "../../core/wording.ts";
import type { Inbox, Presence } from "../../operations/context.ts";
import type { OpenTab, Poked, TabSaying } from "../../operations/tabs/control.ts";
import type { Woken } from "../../operations/tabs/schemas.ts";
import { noteTold } from "../../store/lifecycle/inbox.ts";
import { stampWoken } from "../../store/tables/inbox.ts";
import { noteWoken } from "../../store/tables/tabs.ts";
import type { Store } from "../../store/store.ts";
import { WakeBudget } from "./budget.ts";
import { Waker } from "./waker.ts";

/** What the wakes of tabs need of the daemon around them. */
export interface WakesAround {
  store: Store;
  moment(): Moment;
  /** Runs something later, unless the returned function is called first. */
  schedule(run: () => void, delayMs: number): () => void;
  inbox: Pick<Inbox, "unread" | "onNew">;
  presence: Pick<Presence, "ask" | "isHeld" | "left" | "onFree">;
}

/** As much of an inbox is looked at for one wake: the newest, of which the tab may know nothing yet. */
const lookedAt = 100;
/** How long a poke waits for the bridge's word. */
const pokeMs = 4000;

/** The wakes of one open tab: its waker, its inbox, and what its bridge says of them. */
export class TabWakes {
  readonly #around: WakesAround;
  readonly #tab: OpenTab;
  readonly #say: (saying: TabSaying) => void;
  readonly #budget: WakeBudget;
  readonly #waiting = new Set<(woken: Woken) => void>();
  #waker: Waker;
  #unfollow: () => void;

  constructor(around: WakesAround, tab: OpenTab, say: (saying: TabSaying) => void) {
    this.#around = around;
    this.#tab = tab;
    this.#say = say;
    this.#budget = new WakeBudget(tab.row.woken);
    this.#waker = this.#newWaker();
    this.#unfollow = this.#follow();
  }

  /** How often the tab may still be woken in this hour. */
  get left(): number {
    return this.#budget.left(this.#around.moment().now);
  }

  /** Something may have changed: looks whether the tab is to be woken. */
  stir(): Promise<void> {
    return this.#waker.stir();
  }

  /** What the tab was told last may not have come: whoever acts for it has come back. */
  reopened(): void {
    this.#waker.reopened();
  }

  /** The tab has another handle. `isMoved`: its inbox is that which it had; else it is another's, as that of another conversation. */
  renamed(isMoved: boolean): void {
    this.#unfollow();
    this.#unfollow = this.#follow();
    if (!isMoved) {
      this.#waker.stop();
      this.#waker = this.#newWaker();
    }
    void this.stir();
  }

  stop(): void {
    this.#waker.stop();
    this.#unfollow();
  }

  /** What its bridge says of a wake. What did not come is told by a note, and once more when it is time for a reminder. */
  async went(woken: Woken): Promise<void> {
    const rows = this.#waker.settle(woken.wake);
    for (const tell of this.#waiting) tell(woken);
    const { store, moment } = this.#around;
    if (woken.isDelivered && rows.length > 0)
      await store.write((tx) => noteTold(tx, rows, "wake", moment().now));
  }

  /** Gives the agent something, and waits for how its tab is woken for it. */
  async poke(give: () => Promise<void>): Promise<Poked> {
    const { row, wake } = this.#tab;
    const why = this.#whyNot(wake);
    const before = this.#budget.number;
    const outcome = Promise.withResolvers<Woken | null>();
    const tell = (woken: Woken) => void (woken.wake > before && outcome.resolve(woken));
    this.#waiting.add(tell);
    const cancel = this.#around.schedule(() => outcome.resolve(null), pokeMs);
    // its caller waits no longer than for the bridge
    this.#waker.hurry();
    try {
      await give();
      if (why !== null) return { woken: null, trouble: `${row.handle} ${why}` };
      const woken = await outcome.promise;
      if (woken?.isDelivered) return { woken: woken.by };
      const trouble = woken === null ? "its bridge has not said whether that came" : woken.trouble;
      return {
        woken: null,
        trouble: `${row.handle} could not be woken: ${withoutFullStop(trouble ?? "its client took nothing")}.`,
      };
    } finally {
      this.#waiting.delete(tell);
      cancel();
    }
  }

  #whyNot(way: WakeWay): string | null {
    if (this.#tab.isMuted)
      return 'is not to be woken, by its project\'s [tabs] wake = "off": it is told at its next activity.';
    if (way === "none") return "cannot be woken by its client: it is told at its next activity.";
    if (this.#around.presence.isHeld(this.#tab.row.handle))
      return "waits in a call: it is told with the answer.";
    if (this.left === 0)
      return `was woken ${tabBounds.wakesPerHour} times in this hour, which is all: it is told at its next activity.`;
    return null;
  }

  #newWaker(): Waker {
    const { inbox, presence, moment, schedule, store } = this.#around;
    const tab = this.#tab;
    return new Waker(
      {
        moment,
        schedule,
        unread: () => inbox.unread(tab.row.handle, lookedAt),
        agent: () => tab.row.handle,
        isShared: () => tab.isShared,
        state: () => tab.row.state,
        canBeWoken: () => !tab.isMuted && tab.wake !== "none",
        isInCall: () => presence.isHeld(tab.row.handle),
        say: (data) => this.#say({ event: "wake", data }),
        note: async (ids) => {
          tab.row.woken = this.#budget.stored();
          const { id, woken } = tab.row;
          await store.write(async (tx) => {
            await noteWoken(tx, id, woken);
            await stampWoken(tx, ids, moment().now);
          });
        },
      },
      this.#budget,
    );
  }

  #follow(): () => void {
    return this.#around.inbox.onNew(this.#tab.row.handle, () => void this.stir());
  }
}
