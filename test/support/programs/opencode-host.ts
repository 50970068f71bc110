import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { z } from "zod";
import { opencodePlugin } from "../../../src/cli/init/opencode-plugin.ts";

/**
 * opencode as far as its plugin sees it, for what the real one cannot be driven to: it loads cord's plugin, starts cord's bridge as
 * one of its MCP servers, calls the plugin's hooks as told on stdin, and writes what comes of it, each a line of JSON.
 */
const Plugin = z.object({
  Cord: z.function({ input: [z.unknown()], output: z.promise(z.record(z.string(), z.unknown())) }),
});
const Call = z.object({ hook: z.string(), args: z.array(z.unknown()) });
const Failing = z.object({ fails: z.boolean() });

let fails = false;
const promptAsync = async (asked: unknown) => {
  say({ promptAsync: asked });
  return fails ? { error: { name: "NotFound" } } : {};
};
const { Cord } = Plugin.parse(
  await import(`data:text/javascript;base64,${Buffer.from(opencodePlugin).toString("base64")}`),
);
const hooks = await Cord({ client: { session: { promptAsync } }, directory: process.cwd() });
say({ hooks: Object.keys(hooks) });

for await (const line of createInterface({ input: process.stdin })) {
  const said: unknown = JSON.parse(line);
  const failing = Failing.safeParse(said);
  if (failing.success) fails = failing.data.fails;
  const call = Call.safeParse(said);
  if (!call.success) continue;
  const { hook, args } = call.data;
  const run = z.function({ input: [z.unknown(), z.unknown()], output: z.unknown() }).parse(hooks[hook]);
  try {
    await run(args[0], args[1]);
    say({ hook, args });
  } catch (error) {
    say({ hook, thrown: error instanceof Error ? error.message : String(error) });
  }
}

function say(what: object): void {
  writeSync(1, `${JSON.stringify(what)}\n`);
}
