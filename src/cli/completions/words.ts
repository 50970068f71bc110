import type { CommandUnknownOpts, Option } from "@commander-js/extra-typings";

/** A command as a shell completes it. All of it is cord's own text. */
export interface CommandWords {
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly Flag[];
  readonly args: readonly Arg[];
}

export interface Flag {
  /** long first, such as --follow, -f */
  readonly names: readonly [string, ...string[]];
  readonly summary: string;
  readonly value: FlagValue | null;
  readonly repeats: boolean;
}

interface FlagValue extends Value {
  readonly isOptional: boolean;
}

export interface Arg extends Value {
  readonly repeats: boolean;
}

/** What stands for a value: one of these words, a path, what cord complete-words knows, or something that only the person knows. */
export interface Value {
  readonly name: string;
  readonly words: readonly string[];
  readonly path: "file" | "folder" | null;
  readonly live: Live | null;
}

/** What is looked up when Tab is pressed. */
export type Live = (typeof lives)[number];
const lives = ["task", "node", "run", "nodeOrRun", "state", "kind", "priority", "agent"] as const;

/** The flags that take a value, of all commands: one flag means the same everywhere. */
export function valueFlags(commands: readonly CommandWords[]): string[] {
  const flags = commands
    .flatMap((command) => command.flags)
    .filter(({ value }) => value && !value.isOptional);
  return [...new Set(flags.flatMap(({ names }) => names))];
}

/** The commands to complete, by name: each with its one line in the help. */
export type Completed = ReadonlyMap<
  string,
  { summary: string; load(): Promise<{ command: CommandUnknownOpts }> }
>;

/** Every command with its flags and arguments, read from the same definitions that parse a command line. */
export async function wordsOfCommands(commands: Completed): Promise<CommandWords[]> {
  const loaded = await Promise.all(
    [...commands].map(async ([name, { summary, load }]) => wordsOf(name, summary, (await load()).command)),
  );
  const names = [...commands.keys()];
  const named = { name: "command", words: names, path: null, live: null, repeats: false };
  return [...loaded, { name: "help", summary: "show the help of a command", flags: [help], args: [named] }];
}

function wordsOf(name: string, summary: string, command: CommandUnknownOpts): CommandWords {
  return {
    name,
    summary,
    flags: [...command.options.filter(({ hidden }) => !hidden).map(flagOf), help],
    args: command.registeredArguments.map((argument) => ({
      ...valueOf(argument.name(), argument.argChoices),
      repeats: argument.variadic,
    })),
  };
}

const help: Flag = { names: ["--help", "-h"], summary: "show this help", value: null, repeats: false };

function flagOf(option: Option): Flag {
  const { long, short, flags, required, optional } = option;
  const value = valueOf(placeholderIn(flags), option.argChoices);
  return {
    names: [long ?? short ?? flags, ...(long && short ? [short] : [])],
    summary: option.description,
    value: required || optional ? { ...value, isOptional: optional } : null,
    repeats: option.variadic,
  };
}

function valueOf(name: string, words: readonly string[] | undefined): Value {
  return { name, words: words ?? [], path: paths.get(name) ?? null, live: livesOf.get(name) ?? null };
}

/** The placeholders that stand for what the daemon knows. */
const livesOf: ReadonlyMap<string, Live> = new Map<string, Live>([
  ["id", "task"],
  ["ids", "task"],
  ["node", "node"],
  ["run", "run"],
  ["runs", "run"],
  ["node|run", "nodeOrRun"],
  ["states", "state"],
  ["kind", "kind"],
  ["kinds", "kind"],
  ["priority", "priority"],
  ["priorities", "priority"],
  ["agent", "agent"],
]);

/** The placeholders that stand for a path. */
const paths: ReadonlyMap<string, "file" | "folder"> = new Map([
  ["file", "file"],
  ["goal", "file"],
  ["folder", "folder"],
  ["dir", "folder"],
]);

/** `name` in "--client <name...>". */
function placeholderIn(flags: string): string {
  return /[<[]([^>\].]+)/.exec(flags)?.[1] ?? "value";
}
