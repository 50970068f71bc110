/** An engine of its own, to be killed: starts each script as an agent, as on the platform it is given, and prints what they say. */
import { join } from "node:path";
import { startProcess } from "../../../src/engine/process/supervise.ts";
import { launchIn, script, shimPath } from "./program.ts";

const [runId = "", dir = "", platform, ...scripts] = process.argv.slice(2);
for (const [index, text] of scripts.entries()) {
  const agent = startProcess({
    agent: script(text),
    launch: launchIn(join(dir, String(index)), { runId, node: `#${index + 1}` }),
    onEvent: (event) => {
      if (event.type === "said") process.stdout.write(`agent ${event.text}\n`);
    },
    shimCommand: shimPath,
    platform: platform === "win32" ? platform : process.platform,
  });
  await agent.started;
  process.stdout.write(`shim ${agent.pid}\n`);
}
