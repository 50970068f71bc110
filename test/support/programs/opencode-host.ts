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
const Asked = z.object({
  path: z.object({ id: z.string() }),
  body: z.object({ parts: z.array(z.unknown()) }),
});
const Failing = z.object({ fails: z.boolean() });

let fails = false;
const promptAsync = async (asked: unknown) => {
  if (fails) return { error: { name: "NotFound" } };
  const { path, body } = Asked.parse(asked);
  // to a plugin it is a prompt as any other
  await run("chat.message", { sessionID: path.id }, { message: { id: "msg_0" }, parts: body.parts });
  say({ promptAsync: { path, body } });
  return {};
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
  try {
    await run(hook, args[0], args[1]);
    say({ hook, args });
  } catch (error) {
    say({ hook, thrown: error instanceof Error ? error.message : String(error) });
  }
}

function run(hook: string, input: unknown, output: unknown): unknown {
  const Hook = z.function({ input: [z.unknown(), z.unknown()], output: z.unknown() });
  return Hook.parse(hooks[hook])(input, output);
}

function say(what: object): void {
  writeSync(1, `${JSON.stringify(what)}\n`);
}
