import type { TabState } from "../../../core/tab.ts";
import type { ClientLink, TabFacts, WakeOutcome } from "./link.ts";

/** A client that cannot be woken from here: it is told at its next activity. What it does is known from its hooks, if it has any. */
export class OtherLink implements ClientLink {
  readonly pid: number;
  readonly #onChange = new Set<() => void>();
  #state: TabState | null = null;

  constructor(pid: number) {
    this.pid = pid;
  }

  facts(): TabFacts {
    return { conversation: null, shownName: null, state: this.#state, waitingFor: null, wake: "none" };
  }

  onChange(changed: () => void, signal: AbortSignal): void {
    this.#onChange.add(changed);
    signal.addEventListener("abort", () => this.#onChange.delete(changed), { once: true });
  }

  heard(): void {}

  hooked(state: TabState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const changed of this.#onChange) changed();
  }

  wake(): Promise<WakeOutcome> {
    return Promise.resolve({
      by: "none",
      isDelivered: false,
      trouble: "This client cannot be woken from here.",
    });
  }
}
