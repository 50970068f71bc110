import { Command } from "@commander-js/extra-typings";
import { CordError } from "../core/error.ts";
import { hookEvents } from "../core/tab.ts";
import { commandClients, hooks } from "./hook/table.ts";

export const command = new Command("hook")
  .description(
    "Answer a hook that a client runs as a command. It reads JSON from stdin, and says nothing where there is nothing to say, or no daemon.",
  )
  .argument("<client-event>", "the client and what happens in it, as gemini-edit")
  .addHelpText(
    "after",
    `
Clients: ${commandClients.join(", ")}.
Events: ${hookEvents.join(", ")}.
cord init writes these into the clients' settings. Claude Code and Codex have
none: they call cord's bridge over the pipe that is open already.

Example (.gemini/settings.json):
  { "hooks": { "BeforeTool": [{ "matcher": "write_file|replace",
    "hooks": [{ "type": "command", "command": "cord hook gemini-edit" }] }] } }`,
  )
  .action(async (name) => {
    const hook = hooks.get(name);
    if (hook === undefined)
      throw new CordError("usage", `There is no hook of the name ${name}. See cord hook --help.`);
    process.exitCode = await hook();
  });
