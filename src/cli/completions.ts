import { Argument, Command } from "@commander-js/extra-typings";
import { bashScript } from "./completions/bash.ts";
import { fishScript } from "./completions/fish.ts";
import { wordsOfCommands, type Completed } from "./completions/words.ts";
import { zshScript } from "./completions/zsh.ts";
import { print } from "./output.ts";

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

/** The command that completes these. They are handed in, since it is one of them. */
export const completionsOf = (commands: Completed) =>
  new Command("completions")
    .description("Print a script for a shell that completes commands, flags, ids, runs, kinds and agents.")
    .addArgument(new Argument("<shell>", "which shell").choices(["bash", "zsh", "fish"] as const))
    .addHelpText(
      "after",
      `
Examples:
  $ source <(cord completions bash)    # in ~/.bashrc
  $ source <(cord completions zsh)     # in ~/.zshrc, after compinit
  $ cord completions fish > ~/.config/fish/completions/cord.fish`,
    )
    .action(async (shell) => print(scripts[shell](await wordsOfCommands(commands))));
