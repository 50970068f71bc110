import { Command, CommanderError, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { environment } from "../system/environment.ts";
import { CordError, errors, messageOf } from "../core/error.ts";
import { plain } from "../core/text.ts";
import { version } from "../core/version.ts";
import { closeOutput, print, ReaderGone, tell, watchOutput, written } from "./output.ts";
import { commands } from "./commands.ts";
import { inFlags } from "./parameters.ts";

/** Runs the command that argv names, and resolves to its exit code. No stack reaches a user; CORD_DEBUG=1 shows it. */
export async function runProgram(given: string[]): Promise<number> {
  watchOutput();
  const argv = asked(given);
  const [name = ""] = argv;
  const code = await exitCodeOf(name, argv);
  const lost = await closeOutput();
  const told = code === 0 && lost ? report(name, lost) : code;
  await written(process.stderr);
  return told;
}

async function exitCodeOf(name: string, argv: string[]): Promise<number> {
  let command: CommandUnknownOpts | undefined;
  try {
    const program = await programFor(name);
    [command] = program.commands;
    if (name === "") program.outputHelp();
    else await program.parseAsync(argv, { from: "user" });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    return error instanceof ReaderGone ? Number(process.exitCode ?? 0) : report(name, error, command);
  }
}

/**
 * The command line in the order in which it is read: flags that stand before the command come behind it. `cord help` is
 * `cord --help`, and `cord help run` is `cord run --help`.
 */
function asked(argv: string[]): string[] {
  const before = flagsBefore(argv);
  const [first, ...rest] = argv.slice(before);
  if (first === undefined) return argv;
  if (first === "-V") return ["-v"];
  const flags = argv.slice(0, before);
  if (first !== "help") return [first, ...flags, ...rest];
  const [name] = rest;
  if (name === undefined) return ["--help"];
  return commands.has(name) ? [name, "--help"] : [name];
}

/** How many of the first words are flags that many commands have, with their values. */
function flagsBefore(argv: readonly string[]): number {
  let count = 0;
  for (let flag = argv[0]; flag !== undefined; flag = argv[count]) {
    if (sharedSwitches.has(flag) || [...sharedFlags].some((name) => flag.startsWith(`${name}=`))) count += 1;
    else if (sharedFlags.has(flag)) count += 2;
    else break;
  }
  return Math.min(count, argv.length);
}

const sharedSwitches: ReadonlySet<string> = new Set(["--json", "--all"]);
/** With a value behind them. */
const sharedFlags: ReadonlySet<string> = new Set(["--url", "--as", "--project"]);

/** The program with the one command that is called, or with the whole list for its help. */
export async function programFor(name: string): Promise<Command> {
  const program = new Command("cord")
    .description(
      "Trees of coding agents that work on one goal, and a board that agents in separate tabs share.",
    )
    .version(version, "-v, --version", "print the version")
    .helpOption("-h, --help", "show this help")
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ outputError: () => {}, writeOut: (text) => void print(text).catch(() => {}) })
    .configureHelp({ showGlobalOptions: false })
    .addHelpText("after", examples);
  const listed = commands.get(name);
  if (listed) {
    const { command } = await listed.load();
    // one that has a --version of its own gets it, and not cord
    program.enablePositionalOptions(command.options.some(({ long }) => long === "--version"));
    program.addCommand(command.copyInheritedSettings(program));
    return program;
  }
  for (const [name, { summary, group }] of commands)
    program.command(name).description(summary).helpGroup(`${group}:`);
  return program;
}

const examples = `
Examples:
  $ cord run "Compare Rust and Go for CLI tools" --rehearse
  $ cord run plan.md --total-budget 10
  $ cord init && cord serve

cord COMMAND --help shows a command's flags and examples.`;

/** Says what went wrong in one sentence, and gives the exit code of its kind. */
function report(name: string, error: unknown, command?: CommandUnknownOpts): number {
  const prefix = commands.has(name) ? `cord ${name}` : "cord";
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    tell(`${prefix}: ${misuse(error)} See ${prefix} --help.`);
    return errors.usage.exit;
  }
  if (environment.CORD_DEBUG) console.error(error);
  if (error instanceof CordError) {
    const [said = "", ...more] = linesOf(error, command);
    tell(said.startsWith(`${prefix}:`) ? said : `${prefix}: ${said}`);
    for (const line of more) tell(line);
    return errors[error.code].exit;
  }
  tell(`${prefix}: ${plain(messageOf(error))} (CORD_DEBUG=1 shows where)`);
  return errors.internal.exit;
}

/** One line, but for the faults of a file. They may be hostile. */
function linesOf(error: CordError, command: CommandUnknownOpts | undefined): string[] {
  const { faults } = error.data;
  return Array.isArray(faults)
    ? faults.map((fault) => plain(String(fault)))
    : [plain(inFlags(command, error))];
}

/** What Commander has against a command line, as one sentence. It repeats the caller's words, so it may be hostile. */
function misuse({ message }: CommanderError): string {
  const said = plain(message.replace(/^error: /, "").replace(/\n\(Did/, " (did"));
  return /[.!?]$/.test(said) ? said : `${said}.`;
}
