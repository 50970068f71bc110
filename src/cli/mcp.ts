import { Command } from "@commander-js/extra-typings";
import { print } from "./board/output.ts";
import { projectOf, urlOption } from "./options.ts";

export const command = new Command("mcp")
  .description("Speak MCP over stdin and stdout, for editors and agents that start their servers themselves.")
  .addOption(urlOption())
  .addHelpText(
    "after",
    '\nExample (.mcp.json):\n  { "mcpServers": { "cord": { "command": "cord", "args": ["mcp"] } } }',
  )
  .action(async ({ url }) => {
    const [{ ensureDaemon, rememberDaemon }, { daemonUrl }, { reach }, { callerToken }, { runBridge }] =
      await Promise.all([
        import("../client/daemon.ts"),
        import("../client/paths.ts"),
        import("../client/reach.ts"),
        import("../client/token.ts"),
        import("./mcp/bridge.ts"),
      ]);
    const address = daemonUrl(url);
    void rememberDaemon(address);
    const lost = Promise.withResolvers<never>();
    const bridge = runBridge({
      transport: reach(address, callerToken()),
      project: projectOf(),
      input: Bun.stdin.stream(),
      output: (line) => void print(line).catch(lost.reject),
      revive: () => ensureDaemon(address),
    });
    // a client that takes no answers is gone, even if it has left the bridge's input open
    await Promise.race([bridge, lost.promise]);
  });
