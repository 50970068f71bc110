import { Command } from "@commander-js/extra-typings";
import { projectOf, urlOption } from "./options.ts";

export const command = new Command("mcp")
  .description("Speak MCP over stdin and stdout, for editors and agents that start their servers themselves.")
  .addOption(urlOption())
  .addHelpText(
    "after",
    '\nExample (.mcp.json):\n  { "mcpServers": { "cord": { "command": "cord", "args": ["mcp"] } } }',
  )
  .action(async ({ url }) => {
    const [{ ensureDaemon, rememberDaemon }, { daemonUrl }, { callerToken }, { runBridge }] =
      await Promise.all([
        import("../client/daemon.ts"),
        import("../client/paths.ts"),
        import("../client/token.ts"),
        import("./mcp/bridge.ts"),
      ]);
    const address = daemonUrl(url);
    void rememberDaemon(address);
    await runBridge({
      url: address,
      token: callerToken(),
      project: projectOf(),
      input: Bun.stdin.stream(),
      output: (line) => process.stdout.write(`${line}\n`),
      revive: () => ensureDaemon(address),
    });
  });
