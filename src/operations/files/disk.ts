import type { OtherEdit } from "../../core/recent-edits.ts";
import type { Checkout, Place } from "../../system/places.ts";

/** What the daemon knows of files: where they lie, and who edited them lately. */
export interface Files {
  /** Where paths lead, the relative ones from the folder. Answers soon, whatever disk they lie on: at worst as they read. */
  places(paths: readonly string[], folder: string): Promise<Place[]>;
  /** The checkout that a folder is in, or is; the folder itself where it is in none. */
  checkoutOf(folder: string): Promise<Checkout>;
  isFolder(path: string): Promise<boolean>;
  /** Notes an edit, and gives those of others in the last two minutes; agent null: nobody knows whose it is. */
  edited(file: string, agent: string | null): OtherEdit[];
  /** Whether an agent was not told something in the last two minutes; it counts as told from now on. */
  isNews(agent: string, what: string): boolean;
}
