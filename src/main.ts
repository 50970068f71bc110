import { writeSync } from "node:fs";
import process from "node:process";
import { environment } from "./system/environment.ts";

/** argv → one command, imported only then. The only place that ends the process. */
const argv = process.argv.slice(2);
// oxlint-disable-next-line unicorn/no-process-exit -- the only end of the process
process.exit(await run(argv));

async function run([name, ...rest]: string[]): Promise<number> {
  if (name === "version" && rest.length === 0) {
    const { wroteVersion } = await import("./cli/version-facts.ts");
    if (wroteVersion()) return 0;
  }
  // a thread of the daemon tells the daemon, which says it
  if (Bun.isMainThread)
    for (const event of ["uncaughtException", "unhandledRejection"]) process.on(event, crash);
  if (name === "shim") return (await import("./engine/process/shim.ts")).runShim(rest);
  if (name === "rehearse-agent") return (await import("./rehearsal/program.ts")).runRehearsal();
  if (name === "schema-thread") return (await import("./server/threads/schema-thread.ts")).runSchemaThread();
  if (name === "backup-thread") return (await import("./server/threads/backup-thread.ts")).runBackupThread();
  if (name === "watchdog-thread")
    return (await import("./server/threads/watchdog-thread.ts")).runWatchdogThread();
  if (name === "hook") {
    const hook = (await import("./cli/hook/table.ts")).hooks.get(rest.join(" "));
    if (hook) return hook();
  }
  if (name === "complete-words") return (await import("./cli/completions/live.ts")).printLiveWords(rest);
  return (await import("./cli/program.ts")).runProgram(argv);
}

/** What nobody caught is a fault of cord's own. It is said in one line: a stack would be of the compressed source, and help nobody. */
function crash(error: unknown): void {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const said = environment.CORD_DEBUG ? (stack ?? message) : `${message} (CORD_DEBUG=1 shows where)`;
  try {
    writeSync(2, `cord: ${said.replace(/\p{Cc}+/gu, " ")}\n`);
  } catch {
    // stderr cannot be written either
  }
  // oxlint-disable-next-line unicorn/no-process-exit -- a crash ends it too
  process.exit(1);
}
