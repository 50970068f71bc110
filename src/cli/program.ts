import { Command, CommanderError } from "@commander-js/extra-typings";
import { CordError, errors, messageOf } from "../core/error.ts";
import { plain } from "../core/text.ts";
import { version } from "../core/version.ts";
import { commands } from "./commands.ts";

/** Runs the command that argv names, and resolves to its exit code. No stack reaches a user; CORD_DEBUG=1 shows it. */
export async function runProgram(given: string[]): Promise<number> {
  const argv = asked(given);
  const [name = ""] = argv;
  process.stdout.on("error", ignoreClosedPipe);
  try {
    const program = await programFor(name);
    if (name === "") program.outputHelp();
    else await program.parseAsync(argv, { from: "user" });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    return report(name, error);
  } finally {
    await Promise.all([written(process.stdout), written(process.stderr)]);
  }
}

/**
 * Ends a stream, and resolves once all that was written to it is out, or its reader has gone. A pipe takes 64 KiB at a time, and
 * what was not taken would be lost with the process. Only end() tells: an empty write is called back at once.
 */
function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    for (const event of ["error", "close"]) stream.once(event, () => resolve());
    stream.end(() => resolve());
  });
}

/** `cord help` is `cord --help`, and `cord help run` is `cord run --help`. */
function asked(argv: string[]): string[] {
  const [first, name] = argv;
  if (first !== "help") return argv;
  if (name === undefined) return ["--help"];
  return commands.has(name) ? [name, "--help"] : [name];
}

/** The program with the one command that is called, or with the whole list for its help. */
async function programFor(name: string): Promise<Command> {
  const program = new Command("cord")
    .description(
      "Trees of coding agents that work on one goal, and a board that agents in separate tabs share.",
    )
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "show this help")
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .configureHelp({ showGlobalOptions: false })
    .addHelpText("after", examples);
  const listed = commands.get(name);
  if (listed) {
    const { command } = await listed.load();
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
function report(name: string, error: unknown): number {
  const prefix = commands.has(name) ? `cord ${name}` : "cord";
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    process.stderr.write(`${prefix}: ${misuse(error)} See ${prefix} --help.\n`);
    return errors.usage.exit;
  }
  if (process.env["CORD_DEBUG"]) console.error(error);
  if (error instanceof CordError) {
    const said = plain(error.message);
    process.stderr.write(said.startsWith(`${prefix}:`) ? `${said}\n` : `${prefix}: ${said}\n`);
    return errors[error.code].exit;
  }
  process.stderr.write(`${prefix}: ${plain(messageOf(error))} (CORD_DEBUG=1 shows where)\n`);
  return errors.internal.exit;
}

/** What Commander has against a command line, as one sentence. It repeats the caller's words, so it may be hostile. */
function misuse({ message }: CommanderError): string {
  const said = plain(message.replace(/^error: /, "").replace(/\n\(Did/, " (did"));
  return /[.!?]$/.test(said) ? said : `${said}.`;
}

/** `cord tasks | head -1` is no error. */
function ignoreClosedPipe(error: Error): void {
  if (!("code" in error) || error.code !== "EPIPE") throw error;
}
