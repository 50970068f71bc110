import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { commands } from "../../src/cli/commands.ts";
import { programFor } from "../../src/cli/program.ts";

/** What cord's pages say of a command, read from the definition that parses its command line. */
export interface CommandFacts {
  readonly name: string;
  /** the heading it stands under in `cord --help` */
  readonly group: string;
  /** its line there */
  readonly summary: string;
  /** as [options] [goal...] */
  readonly usage: string;
  readonly description: string;
  readonly args: readonly Term[];
  /** without --help, which all have */
  readonly options: readonly Term[];
  /** what its help says below that: examples, and what else there is to know */
  readonly more: string;
}

export interface Term {
  /** as --budget <usd> */
  readonly term: string;
  /** with its default and choices */
  readonly meaning: string;
}

/** The program itself, and its commands in the order of `cord --help`. */
export interface ProgramFacts {
  readonly description: string;
  readonly options: readonly Term[];
  readonly more: string;
  readonly commands: readonly CommandFacts[];
}

export async function programFacts(): Promise<ProgramFacts> {
  const program = await programFor("");
  const all = [...commands].map(async ([name, { summary, group, load }]) => {
    const { command } = await load();
    return { name, group, summary, usage: command.usage(), ...described(command) };
  });
  const { description, options, more } = described(program);
  return { description, options, more, commands: await Promise.all(all) };
}

function described(command: CommandUnknownOpts) {
  const help = new Command().createHelp();
  const options = help.visibleOptions(command).filter(({ long }) => long !== "--help");
  return {
    description: command.description(),
    args: help
      .visibleArguments(command)
      .map((arg) => ({ term: help.argumentTerm(arg), meaning: help.argumentDescription(arg) })),
    options: options.map((option) => ({
      term: help.optionTerm(option),
      meaning: help.optionDescription(option),
    })),
    more: textBelow(command),
  };
}

/** What addHelpText has put below the help, which Commander only writes. */
function textBelow(command: CommandUnknownOpts): string {
  let shown = "";
  const before = command.configureOutput();
  command.configureOutput({ ...before, writeOut: (text) => void (shown += text) });
  command.outputHelp();
  command.configureOutput(before);
  return shown.slice(command.helpInformation().length).trim();
}
