import { createInterface } from "node:readline";

/**
 * MCP Inspector's command line, loaded once for many calls, which takes longer than a call: each line of stdin has the
 * arguments of one, in JSON, and a line with what it wrote and how it failed comes back. Each call is a client of its own.
 */
const { runCli } = await import(process.argv[2]);
const say = process.stdout.write.bind(process.stdout);

for await (const line of createInterface({ input: process.stdin })) {
  let out = "";
  process.stdout.write = (text, ...rest) => {
    out += text;
    rest.at(-1)?.();
    return true;
  };
  let err = "";
  try {
    await runCli(["node", "mcp-inspector", ...JSON.parse(line)]);
  } catch (error) {
    err = String(error);
  }
  say(`${JSON.stringify({ out, err })}\n`);
}
