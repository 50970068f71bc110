import process from "node:process";

/** argv → one command, imported only then. The only place that ends the process. */
const argv = process.argv.slice(2);
process.exit(await run(argv));

async function run([name, ...rest]: string[]): Promise<number> {
  if (name === "shim") return (await import("./engine/shim.ts")).runShim(rest);
  if (name === "rehearse-agent") return (await import("./engine/rehearsal.ts")).runRehearsal();
  if (name === "schema-thread") return (await import("./server/schema-thread.ts")).runSchemaThread();
  if (name === "watchdog-thread") return (await import("./server/watchdog-thread.ts")).runWatchdogThread();
  if (name === "version" && rest.length === 0) return (await import("./cli/version-facts.ts")).printVersion();
  return (await import("./cli/program.ts")).runProgram(argv);
}
