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
    const [{ connectionTo, unaskedConnectionTo }, { runBridge }, { ClientProject }, { Tab }] =
      await Promise.all([
        import("../client/connect.ts"),
        import("./mcp/bridge.ts"),
        import("./mcp/client-project.ts"),
        import("./mcp/tab/tab.ts"),
      ]);
    const connection = connectionTo(url);
    const lost = Promise.withResolvers<never>();
    const output = (line: string) => void print(line).catch(lost.reject);
    const folder = currentFolder();
    const clientProject = new ClientProject({ folder, given: project ?? environment.CORD_PROJECT, output });
    const tab = environment.CORD_TOKEN
      ? null
      : new Tab({
          connection: unaskedConnectionTo(url),
          env: environment,
          parent: process.ppid,
          folder,
          project: () => clientProject.project,
          located: () => clientProject.settled(),
        });
    const bridge = runBridge({
      connection,
      clientProject,
      tab,
      folder,
      input: Bun.stdin.stream(),
      output,
    });
    // a client that takes no answers is gone, even if it has left the bridge's input open
    await Promise.race([bridge, lost.promise]);
  });
