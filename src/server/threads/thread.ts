import { join } from "node:path";

/**
 * A thread of this process that runs one of cord's own hidden commands: the one entry point again, which routes on argv.
 * It keeps the process from ending for nothing, and ends with it.
 */
export function startThread(name: string): Worker {
  const entry = import.meta.path.startsWith("/$bunfs/") ? Bun.main : join(import.meta.dir, "../../main.ts");
  const thread = new Worker(entry, { argv: [name] });
  thread.unref();
  return thread;
}
