import { Command } from "@commander-js/extra-typings";
import { CordError } from "../core/error.ts";
import { allOption, projectOption, urlOption } from "./options.ts";

export const command = new Command("top")
  .description("Watch agents, tasks and runs live, and act on them by keys.")
  .option("--once", "print one frame and exit; needs no terminal")
  .addOption(allOption())
  .addOption(projectOption())
  .addOption(urlOption())
  .addHelpText("after", "\nExamples:\n  $ cord top\n  $ cord top --once --all\n\nIn it, ? shows the keys.")
  .action(async ({ once, all, project, url }) => {
    if (!once && !process.stdout.isTTY)
      throw new CordError("usage", "It draws on a terminal, and stdout is none. --once prints one frame.");
    const { showOnce, showLive } = await import("./top/show.ts");
    const flags = { all: all ?? false, project, url };
    if (once) await showOnce(flags);
    else process.exitCode = await showLive(flags);
  });
