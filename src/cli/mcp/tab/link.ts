import type { TabState, WakeWay } from "../../../core/tab.ts";

/** What a client says of the tab that the bridge serves; null is what it does not say. */
export interface TabFacts {
  /** which conversation it is in, where it has several in turn */
  conversation: string | null;
  /** what it shows its person as the tab's name */
  shownName: string | null;
  state: TabState | null;
  /** what it waits for its person with */
  waitingFor: string | null;
  /** how it can be woken now */
  wake: WakeWay;
}

/** How a wake went. */
export interface WakeOutcome {
  by: WakeWay;
  isDelivered: boolean;
  /** what was in the way, as a sentence */
  trouble?: string;
}

/** What the bridge knows of its client's tab, and can do in it. Each kind of client has its own. */
export interface ClientLink {
  /** the process that children of the client have above them */
  pid: number;
  facts(): TabFacts;
  /** Calls it after each change of the facts until the signal ends it. */
  onChange(changed: () => void, signal: AbortSignal): void;
  /** Reads what a message of the client says beside its matter. */
  heard(message: unknown): void;
  /** A hook of the client has told of what it does. */
  hooked(state: TabState): void;
  /** Begins a turn with a line, or puts it after the one that runs; urgent, into it. Never throws; bounded in time. */
  wake(line: string, isUrgent: boolean, signal: AbortSignal): Promise<WakeOutcome>;
}
