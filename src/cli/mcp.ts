import { Command } from "@commander-js/extra-typings";
import { environment } from "../system/environment.ts";
import { print } from "./output.ts";
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
    const [{ connectionTo }, { runBridge }, { ClientProject }, { conversations }] = await Promise.all([
      import("../client/connect.ts"),
      import("./mcp/bridge.ts"),
      import("./mcp/client-project.ts"),
      import("./mcp/conversation.ts"),
    ]);
    const connection = connectionTo(url);
    const lost = Promise.withResolvers<never>();
    const output = (line: string) => void print(line).catch(lost.reject);
    const bridge = runBridge({
      connection,
      clientProject: new ClientProject({
        folder: currentFolder(),
        given: project ?? environment.CORD_PROJECT,
        output,
      }),
      conversation: conversations(environment, process.ppid),
      input: Bun.stdin.stream(),
      output,
    });
    // a client that takes no answers is gone, even if it has left the bridge's input open
    await Promise.race([bridge, lost.promise]);
  });
