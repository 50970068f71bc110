import type { ReservationMode, WakeWay } from "../../core/tab.ts";
import type { TabRow } from "../../store/tables/tabs.ts";
import type { Following } from "../following.ts";
import type { TabHello, TabReport } from "./schemas.ts";

/** What the daemon tells the bridge of a tab, in its stream. */
export type TabSaying =
  | { event: "tab"; data: { handle: string; unread: number } }
  | { event: "wake"; data: { wake: number; text: string; urgent: boolean } };

/** A tab whose bridge holds its stream open. */
export interface OpenTab {
  row: TabRow;
  /** how it can be woken now */
  readonly wake: WakeWay;
  /** how often it may still be woken in this hour */
  readonly wakesLeft: number;
  /** its project's configuration says that it is not to be woken */
  isMuted: boolean;
  /** others act in its session too, so a call that does not say who it is is not its */
  isShared: boolean;
  reservations: ReservationMode;
  /** who has acted in it lately, under whatever handle: sub-agents share their tab */
  actors: Set<string>;
}

/** How a poke went: by which way its tab was woken, or why it was not. */
export interface Poked {
  woken: WakeWay | null;
  trouble?: string;
}

/** How a tab's handle has changed. `isMoved`: all that the old one had is the new one's; else they are two conversations'. */
export interface Renamed {
  from: string;
  to: string;
  isMoved: boolean;
}

/** By which of these an open tab is found: its id, one of its processes (the nearest first), or its handle. */
export interface TabSought {
  tab?: string | undefined;
  pids?: readonly number[] | undefined;
  /** tells the conversations apart that one process has */
  conversation?: string | undefined;
  agent?: string | undefined;
}

/** The tabs that are open, and what is said to them. */
export interface TabControl {
  /** A tab is open for as long as its stream is. */
  follow(hello: TabHello): Following<TabSaying>;
  /** What a bridge says of its tab. Throws `not_found` for a tab that is not open. Resolves to its handle. */
  report(report: TabReport): Promise<string>;
  find(sought: TabSought): OpenTab | null;
  /** The handle of a tab, open or known; `waits`: of one that nobody has heard of yet, once it opens within a second. Null: there is none. */
  handleOf(id: string, waits: boolean): Promise<string | null>;
  /**
   * Gives a tab the handle that its agent chose, unless it has chosen before or another open tab has that. Resolves to the tab's; null: it
   * is not open, and did not open within a second.
   */
  choose(id: string, handle: string): Promise<string | null>;
  /** Whether others act in the tab's session too. */
  share(id: string, isShared: boolean): void;
  /** Gives an agent something by `give`, and waits for some seconds for how its tab is woken for it. */
  poke(agent: string, give: () => Promise<void>): Promise<Poked>;
  /** Says and writes nothing more: the daemon ends. What is open stays so for the next one. */
  stop(): void;
  /** Calls back when a tab goes on under another handle. */
  onRenamed(onRenamed: (id: string, names: Renamed) => void): void;
}
