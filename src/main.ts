import process from "node:process";

/** argv → one command, imported only then. The only place that ends the process. */
const argv = process.argv.slice(2);
process.exit(await run(argv));

async function run([name, ...rest]: string[]): Promise<number> {
  switch (name) {
    case "shim":
      return (await import("./engine/shim.ts")).runShim(rest);
    case "rehearse-agent":
      return (await import("./engine/rehearsal.ts")).runRehearsal();
    default:
      return (await import("./cli/program.ts")).runProgram(argv);
  }
}
