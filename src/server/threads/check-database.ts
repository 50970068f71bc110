import { inspect, type Inspection } from "../../store/database/inspect.ts";

/**
 * Looks for damage in a database file for a limited time, and changes nothing. Run it in another process than the
 * daemon: it blocks the loop.
 */
export function checkDatabase(path: string, isInUse: boolean, withinMs: number): Inspection {
  const until = performance.now() + withinMs;
  return inspect(path, isInUse, () => performance.now() > until);
}
