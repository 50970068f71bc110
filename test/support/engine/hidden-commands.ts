/** The hidden commands of cord that the engine starts, without the rest of cord. */
import { runShim } from "../../../src/engine/process/shim.ts";

const [name, ...argv] = process.argv.slice(2);
if (name === "shim") process.exit(await runShim(argv));
if (name === "rehearse-agent")
  process.exit(await (await import("../../../src/rehearsal/program.ts")).runRehearsal());
