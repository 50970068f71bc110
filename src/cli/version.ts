import { Command } from "@commander-js/extra-typings";
import { version } from "../core/version.ts";
import { jsonOption } from "./options.ts";

export const command = new Command("version")
  .description("Print the version, and the protocols this cord speaks.")
  .addOption(jsonOption())
  .addHelpText("after", "\nExample:\n  $ cord version")
  .action(({ json }) => {
    const facts = { cord: version, bun: Bun.version, mcp: "2025-11-25", jsonrpc: "2.0" };
    process.stdout.write(
      json ? `${JSON.stringify(facts)}\n` : `cord ${version} (MCP ${facts.mcp}, JSON-RPC ${facts.jsonrpc})\n`,
    );
  });
