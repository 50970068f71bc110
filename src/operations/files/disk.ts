import type { Editor, OtherEdit } from "../../core/recent-edits.ts";
import type { Checkout, Place } from "../../system/places.ts";

/** What the daemon knows of files: where they lie, and who edited them lately. */
export interface Files {
  /** Where paths lead, the relative ones from the folder. Of a disk that does not answer in time they are as they read. */
  places(paths: readonly string[], folder: string, withinMs: number): Promise<Place[]>;
  /** The checkout that a folder is in, or is; the folder itself where it is in none. Throws `unavailable` when its disk does not answer. */
  checkoutOf(folder: string): Promise<Checkout>;
  isFolder(path: string): Promise<boolean>;
  /** Notes an edit, and gives those of others in the last two minutes; null: nobody knows whose it is. */
  edited(file: string, editor: Editor | null): OtherEdit[];
  /** Whether an agent was not told something in the last two minutes; it counts as told from now on. */
  isNews(agent: string, what: string): boolean;
}
