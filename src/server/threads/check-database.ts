import { inspect, type Inspection } from "../../store/database/inspect.ts";

/** Looks for damage in a database file for so long, and changes nothing. For a process other than the daemon: it holds up its loop. */
export function checkDatabase(path: string, isInUse: boolean, withinMs: number): Inspection {
  const until = performance.now() + withinMs;
  return inspect(path, isInUse, () => performance.now() > until);
}
