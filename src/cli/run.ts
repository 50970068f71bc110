import { Command, Option, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { permissionModes } from "../engine/agents/permission-modes.ts";
import { defaults, nodeBounds, runBounds } from "../core/limits.ts";
import { limitPolicies, planScopes, returnTypes } from "../core/words.ts";
import {
  currentFolder,
  seconds,
  jsonOption,
  positive,
  urlOption,
  tokens,
  wholeNumber,
  wholeSecondsUpTo,
} from "./options.ts";

export const command = new Command("run")
  .description("Grow a goal, or a plan in a file, into a tree of agents, and print its result.")
  .argument("[goal...]", "words, or a file with the plan, or - (standard input)")
  .option("--budget <usd>", "what one agent may spend", positive, runBounds.budgetUsd.default)
  .option("--total-budget <usd>", "what the whole run may spend", positive, runBounds.totalBudgetUsd.default)
  .option("--total-tokens <n>", "how many tokens the whole run may use, such as 200k or 1.5M", tokens)
  .addOption(
    new Option("--on-limit <what>", "what to do when the account's usage limit is met")
      .choices(limitPolicies)
      .default("wait"),
  )
  .addOption(
    new Option(
      "--plan [scope]",
      "approve what the root hands out before it is worked on, or with =all what every node does",
    ).choices(planScopes),
  )
  .option("--check <command>", "a shell command that has to pass before the result counts")
  .addOption(
    new Option("--check-timeout <duration>", "how long one check may take")
      .default(nodeBounds.checkSeconds.default, "10m")
      .argParser(wholeSecondsUpTo(nodeBounds.checkSeconds.max)),
  )
  .option("--setup <command>", "a shell command to run once before anything is started")
  .option("--notify <command>", "a shell command to run when you are asked, something fails, or it is over")
  .option("--model <name>", "the model of every agent", defaults.model)
  .option("--jobs <n>", "agents at once", ...count(runBounds.jobs))
  .option("--max-depth <n>", "levels of the tree", ...count(runBounds.maxDepth))
  .option("--max-nodes <n>", "nodes in all", ...count(runBounds.maxNodes))
  .option("--max-children <n>", "children of one node", ...count(runBounds.maxChildren))
  .addOption(
    new Option("--stall <duration>", "how long an agent may give no sign of life")
      .default(runBounds.stallSeconds.default, "10m")
      .argParser(seconds),
  )
  .option("--timeout <duration>", "how long the run may take, such as 90s, 30m, 2h, 3d", seconds)
  .addOption(
    new Option("--permission-mode <mode>", "what agents may do unasked")
      .choices(permissionModes)
      .default(defaults.permissionMode),
  )
  .option("--isolate", "give agents only cord's MCP server, and none of the project's settings")
  .option("--trust", "let the run work by settings of a project that you have not trusted")
  .option("--no-config", "leave out what config.toml says, of the project and your own")
  .option("--agent <name>", "the program that works on nodes", defaults.agent)
  .addOption(
    new Option("--returns <type>", "the form of the run's result").choices(returnTypes).default("text"),
  )
  .option("--schema <file>", "a JSON Schema that a structured or list result has to fit")
  .option("--rehearse", "use the built-in agent: no account, no cost")
  .option("--resume [run]", "resume a run (default: the newest here)")
  .addOption(jsonOption())
  .addOption(urlOption())
  .addHelpText(
    "after",
    `
Examples:
  $ cord run "Analyze the pros and cons of Rust vs Go for CLI tools"
  $ cord run plan.md --total-budget 10 --jobs 6
  $ cord run plan.md "only its first part" --rehearse
  $ gh issue view 12 | cord run
  $ cord run @review src/
  $ cord run "the ten largest files here" --returns list
  $ cord run --resume

The result goes to stdout, the live tree and the summary to stderr.
Exit codes: 0 done, 1 failed, 3 stopped by a budget or limit, 64 wrong usage,
130 interrupted.`,
  )
  .action(async (words, options, command) => {
    const { startRun } = await import("./run/start.ts");
    const isNew = options.resume === undefined;
    const models = isNew && options.config ? await settingsOf(command, options.trust === true) : {};
    const given = Object.keys(options).filter((name) => command.getOptionValueSource(name) === "cli");
    const flags = { ...command.opts(), models, resume: options.resume ?? null };
    process.exitCode = await startRun(words, flags, new Set(given));
  });

/** What the settings files say goes into the flags, but for the models. */
async function settingsOf(
  command: CommandUnknownOpts,
  isTrustGiven: boolean,
): Promise<Record<string, string>> {
  const { applySettings } = await import("./settings/apply.ts");
  return applySettings(command, currentFolder(), isTrustGiven);
}

/** A flag's reader, and its default. */
function count({ min, max, default: value }: { min: number; max: number; default: number }) {
  return [wholeNumber(min, max), value] as const;
}
