import { join } from "node:path";
import { z } from "zod";
import { linesOf } from "../../../src/cli/mcp/lines.ts";
import { clientModules, type ClientWorld } from "./clients.ts";

/** MCP Inspector's command line in a process that stays, for one call after the other. */
export interface Inspector extends AsyncDisposable {
  /** What a call with these arguments writes, and how it fails: empty where it does not. */
  call(args: readonly string[]): Promise<Called>;
}

type Called = z.infer<typeof Called>;

const Called = z.object({ out: z.string(), err: z.string() });

const program = join(import.meta.dirname, "../programs/inspector.mjs");
const commandLine = join(clientModules, "@modelcontextprotocol/inspector/clients/cli/build/index.js");

export function startInspector(world: ClientWorld): Inspector {
  const { HTTP_PROXY: _http, HTTPS_PROXY: _https, ...env } = world.env;
  const child = Bun.spawn(["/usr/bin/env", "node", program, commandLine], {
    cwd: world.project,
    env,
    stdin: "pipe",
    stdout: "pipe",
    stderr: "ignore",
  });
  const lines = linesOf(child.stdout);
  return {
    async call(args) {
      void child.stdin.write(`${JSON.stringify(args)}\n`);
      await child.stdin.flush();
      const { value } = await lines.next();
      return Called.parse(JSON.parse(String(value)));
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}
