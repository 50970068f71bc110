import { Command } from "@commander-js/extra-typings";
import { environment } from "../system/environment.ts";
import { print, tell } from "./output.ts";
import { currentFolder, projectOption, urlOption } from "./options.ts";

export const command = new Command("mcp")
  .description("Speak MCP over stdin and stdout, for editors and agents that start their servers themselves.")
  .addOption(projectOption())
  .addOption(urlOption())
  .addHelpText(
    "after",
    '\nExample (.mcp.json):\n  { "mcpServers": { "cord": { "command": "cord", "args": ["mcp"] } } }',
  )
  .action(async ({ project, url }) => {
    const [
      { ensureDaemon },
      { rememberDaemon },
      { noticeDaemons },
      { daemonUrl },
      { reach },
      { callerToken },
      { runBridge },
      { Place },
      { conversations },
    ] = await Promise.all([
      import("../client/daemon/start.ts"),
      import("../client/daemon/remembered.ts"),
      import("../client/daemon/notices.ts"),
      import("../client/paths.ts"),
      import("../client/connection/reach.ts"),
      import("../client/token.ts"),
      import("./mcp/bridge.ts"),
      import("./mcp/place.ts"),
      import("./mcp/conversation.ts"),
    ]);
    const address = daemonUrl(url);
    noticeDaemons(environment, tell);
    void rememberDaemon(address);
    const lost = Promise.withResolvers<never>();
    const output = (line: string) => void print(line).catch(lost.reject);
    const bridge = runBridge({
      transport: reach(address, callerToken()),
      place: new Place({ folder: currentFolder(), given: project ?? environment.CORD_PROJECT, output }),
      conversation: conversations(environment, process.ppid),
      input: Bun.stdin.stream(),
      output,
      revive: () => ensureDaemon(address),
    });
    // a client that takes no answers is gone, even if it has left the bridge's input open
    await Promise.race([bridge, lost.promise]);
  });
