/** What a daemon says of itself. */
export interface Health {
  version: string;
  /** see core/version.ts; 0: it is older than those that say so */
  wire: number;
  database: string;
  /** null: it is older than those that say so */
  pid: number | null;
  /** why it can do nothing any more; null as long as it can */
  problem: string | null;
  /** the folder of its notes; null for none */
  vault: string | null;
}
