/** What one reader follows. It is forgotten when it is closed, whatever its reader was about to do. */
export interface Following<Item> {
  /** The next items, oldest first, at least one. Null at the end: closed, or its reader has fallen too far behind. */
  next(): Promise<readonly Item[] | null>;
  close(): void;
}
