import type { Event } from "../../core/event.ts";
import { finalStates } from "../../core/words.ts";
import type { Services } from "../../operations/context.ts";
import { takenBack, type Tab } from "./tab.ts";

/**
 * Notes for each tab what others say of the tasks that it holds, has asked about, or has sent: its agent is told at its next call.
 * A task whose question is answered is held again from that moment, so that its lease is renewed.
 */
export class Hearing {
  readonly #services: Pick<Services, "bus" | "monotonic">;
  readonly #onTaken: (tab: Tab) => void;
  /** of each tab: how each task that it listens to is left, by the task's id */
  readonly #ears = new Map<Tab, Map<string, () => void>>();

  constructor(services: Pick<Services, "bus" | "monotonic">, onTaken: (tab: Tab) => void) {
    this.#services = services;
    this.#onTaken = onTaken;
  }

  /** Listens to what the tab holds, has asked about or has sent now, and to nothing else. */
  tend(tab: Tab): void {
    const ears = this.#ears.get(tab) ?? new Map<string, () => void>();
    for (const [id, leave] of ears) {
      if (tab.holds.has(id) || tab.asked.has(id) || tab.sent.has(id)) continue;
      leave();
      ears.delete(id);
    }
    for (const id of [...tab.holds.keys(), ...tab.asked.keys(), ...tab.sent]) {
      if (ears.has(id)) continue;
      ears.set(
        id,
        this.#services.bus.watchTask(id, (event) => this.#hear(tab, id, event), true),
      );
      // something may have been said since it was taken
      if (!tab.sent.has(id)) tab.news.add(id);
    }
    if (ears.size > 0) this.#ears.set(tab, ears);
    else this.#ears.delete(tab);
  }

  stop(tab: Tab): void {
    for (const leave of this.#ears.get(tab)?.values() ?? []) leave();
    this.#ears.delete(tab);
  }

  #hear(tab: Tab, id: string, event: Event): void {
    const { type, state } = event;
    if (type === "task.told" ? tab.holds.has(id) : type === "task.asked") tab.news.add(id);
    if (type === "task.asked") askedElsewhere(tab, id, event.data.by);
    if (state !== null && finalStates.includes(state)) tab.sent.delete(id);
    const asked = tab.asked.get(id);
    if (asked === undefined || state === "waiting") return;
    tab.news.add(id);
    if (type !== "task.answered" || state !== "claimed") return;
    takenBack(tab, id, asked, this.#services.monotonic());
    this.#onTaken(tab);
  }
}

/** An agent may ask by a command in its shell: its hold ends as if it had asked here, and is taken again with the answer. */
function askedElsewhere(tab: Tab, id: string, by: string | null): void {
  const hold = tab.holds.get(id);
  if (hold === undefined || hold.agent !== by) return;
  tab.holds.delete(id);
  tab.asked.set(id, hold);
}
