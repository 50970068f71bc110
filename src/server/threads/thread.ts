import { join } from "node:path";
import { isCompiled } from "../../system/self.ts";

/**
 * A thread of this process that runs one of cord's own hidden commands: the one entry point again, which routes on argv.
 * It keeps the process from ending for nothing, and ends with it.
 */
export function startThread(name: string): Worker {
  const entry = isCompiled() ? Bun.main : join(import.meta.dir, "../../main.ts");
  const thread = new Worker(entry, { argv: [name] });
  thread.unref();
  return thread;
}
