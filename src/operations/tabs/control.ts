import type { ReservationMode } from "../../core/tab.ts";
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
  /** its project's configuration says that it is not to be woken */
  isMuted: boolean;
  reservations: ReservationMode;
}

/** By which of these an open tab is found: its id, one of its processes (the nearest first), or its handle. */
export interface TabSought {
  tab?: string | undefined;
  pids?: readonly number[] | undefined;
  agent?: string | undefined;
}

/** The tabs that are open, and what is said to them. */
export interface TabControl {
  /** A tab is open for as long as its stream is. */
  follow(hello: TabHello): Following<TabSaying>;
  /** What a bridge says of its tab. Throws `not_found` for a tab that is not open. Resolves to its handle. */
  report(report: TabReport): Promise<string>;
  find(sought: TabSought): OpenTab | null;
  /** All that are open. */
  open(): OpenTab[];
}
