import { existsSync, mkdirSync, realpathSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { Command, Option } from "@commander-js/extra-typings";
import { environment } from "../system/environment.ts";
import { CordError, messageOf } from "../core/error.ts";
import { plain } from "../core/text.ts";
import { hasColor, print, printJson, tell } from "./output.ts";
import { painter } from "../tui/terminal/theme.ts";
import { jsonOption } from "./options.ts";
import { applyInit, applyRemove } from "./init/apply.ts";
import {
  clientIds,
  clients,
  clientsOfProject,
  installedClients,
  pricedHooks,
  type Choice,
  type Client,
  type ClientId,
} from "./init/clients.ts";
import { placedForCodex } from "./init/codex-trust.ts";
import { alone } from "./init/lock.ts";
import { planInit, planRemove, type PlannedEdit } from "./init/plan.ts";
import { summary } from "./init/print.ts";
import { readRecord, type InitRecord } from "./init/record.ts";
import { possibleTargets, pricedIn, targetsOf, type Target, type InitContext } from "./init/targets.ts";

export const command = new Command("init")
  .description(
    "Set up cord for the agents of a project: their MCP settings and hooks, and a short block in AGENTS.md",
  )
  .argument("[dir]", "the project's folder (default: this one); made if need be")
  .option("--force", "replace an entry or a block of cord's name that differs")
  .option("--no-mcp", "leave the clients' MCP settings alone, and their hooks")
  .option("--no-hooks", "leave the clients' hooks alone")
  .option("--no-agents", "leave AGENTS.md, and the files that point to it, alone")
  .addOption(
    new Option(
      "--client <name...>",
      "for these clients only (default: those installed here, and claude)",
    ).choices(clientIds),
  )
  .addOption(
    new Option(
      "--hooks <name...>",
      "also the hooks of these, which are not written unless asked for (see below)",
    ).choices(pricedHooks.map(({ id }) => id)),
  )
  .option("--guard", "also have git refuse to commit what another agent has reserved")
  .option("--yes", "ask nothing")
  .option("--dry-run", "show what would change, and change nothing")
  .option("--remove", "undo what init did")
  .option("--check", "only say what is missing: exit code 0 if nothing is, else 1")
  .addOption(jsonOption())
  .addHelpText("after", () => help())
  .action(async (dir, options) => {
    process.exitCode = await init(dir ?? ".", options);
  });

interface Options {
  readonly mcp: boolean;
  readonly agents: boolean;
  readonly client?: readonly ClientId[];
  /** false: none; a list: those with a price that are asked for by name */
  readonly hooks?: false | readonly ClientId[];
  readonly guard?: true;
  readonly force?: true;
  readonly yes?: true;
  readonly dryRun?: true;
  readonly remove?: true;
  readonly check?: true;
  readonly json?: true;
}

/** Gives the exit code: 0 when all that was asked for is in place (or, with --remove, gone), else 1. */
async function init(dir: string, options: Options): Promise<number> {
  if (!options.mcp && !options.agents && !options.guard) {
    throw new CordError(
      "usage",
      "cord init: --no-mcp and --no-agents together leave nothing to do. Drop one of them.",
    );
  }
  if (options.remove && options.check) {
    throw new CordError(
      "usage",
      "cord init: --check and --remove exclude each other. To see what --remove would do, use --dry-run.",
    );
  }
  if (options.remove && options.hooks) {
    throw new CordError(
      "usage",
      "cord init: --remove takes the hooks out too, so --hooks has no meaning beside it. To undo one client: cord init --remove --client NAME",
    );
  }
  const context: InitContext = {
    root: projectFolder(dir, options.remove === true),
    home: homedir(),
    variables: environment,
  };
  const record = readRecord(context.root);
  const asks = asksOnTerminal(options);
  if (asks) (await import("./init/wizard.ts")).greet(context.root);
  const { chosen, priced } = await choose(options, context, record, asks);
  const plan = async () => [
    ...planOf(context, options, chosen, priced),
    ...(await guardPlan(context.root, options, record)),
  ];
  const edits = await plan();

  const isWaiting = edits.some(({ status }) => status !== "same" && status !== "refused");
  const applies = !options.check && !options.dryRun && isWaiting;
  if (applies && asks)
    await (
      await import("./init/wizard.ts")
    ).askToGoOn(edits, options.remove ? "Undo this?" : "Write these files?");
  if (applies) makeFolder(context.root);
  const done = applies
    ? await alone(context.root, async () => apply(context.root, options, asSeen(edits, await plan()), chosen))
    : edits;

  const isOk = done.every(
    ({ status, kept }) => kept.length === 0 && (options.check ? status === "same" : status !== "refused"),
  );
  if (options.json) {
    const { asJson } = await import("./init/changes.ts");
    await printJson(asJson(context.root, done, applies, isOk), 2);
  } else await report(done, options, applies ? chosen : [], record);
  return isOk ? 0 : 1;
}

function planOf(
  context: InitContext,
  options: Options,
  chosen: readonly Client[],
  priced: readonly ClientId[],
): PlannedEdit[] {
  const force = options.force === true;
  const wish = { ...options, clients: chosen, hooks: options.hooks !== false, priced };
  if (!options.remove) return planInit(targetsOf(context, wish), force);
  const record = readRecord(context.root);
  return worthSaying(planRemove(removable(context, options, record), record, force));
}

/** Of git's pre-commit hook, where it is asked for, or was at an earlier init; it goes with all that init did. */
async function guardPlan(
  root: string,
  { guard, check, remove, client }: Options,
  record: InitRecord | undefined,
): Promise<PlannedEdit[]> {
  if (remove && client === undefined) {
    const planned = await (await import("./init/guard/guard.ts")).planUnguard(root);
    return planned === null ? [] : worthSaying([planned]);
  }
  const isWished = !remove && (guard || (check && record?.guard));
  return isWished ? [await (await import("./init/guard/guard.ts")).planGuard(root)] : [];
}

/**
 * Another init may have made the same changes meanwhile: they count as done. Other changes are noticed when the file
 * is written.
 */
function asSeen(seen: readonly PlannedEdit[], now: readonly PlannedEdit[]): PlannedEdit[] {
  const done = new Set(now.filter(({ status }) => status === "same").map(({ target }) => target.shown));
  return seen.map(
    (planned) =>
      now.find(({ target }) => done.has(target.shown) && target.shown === planned.target.shown) ?? planned,
  );
}

function apply(
  root: string,
  options: Options,
  edits: readonly PlannedEdit[],
  chosen: readonly Client[],
): PlannedEdit[] {
  return options.remove ? applyRemove(root, edits, ids(chosen)) : applyInit(root, edits, ids(chosen));
}

async function report(
  edits: readonly PlannedEdit[],
  options: Options,
  chosen: readonly Client[],
  record: InitRecord | undefined,
): Promise<void> {
  const paint = painter(hasColor());
  const tense = options.check ? "check" : options.dryRun ? "planned" : "done";
  if (options.remove && edits.length === 0) await print("Nothing of cord init is here.");
  else await print(summary(edits, tense, paint));
  const differing = options.dryRun ? (await import("./init/changes.ts")).diffs(edits, paint) : "";
  if (differing !== "") await print(`\n${differing}`);
  for (const line of options.remove ? leftElsewhere(options, record) : nextSteps(chosen, edits)) tell(line);
}

/**
 * What the person has to do after the files are written. Nothing is said of a client whose file was left as it is.
 */
function nextSteps(chosen: readonly Client[], edits: readonly PlannedEdit[]): string[] {
  if (chosen.length === 0) return [];
  const left = edits.filter(({ status, kept }) => status === "refused" || kept.length > 0);
  const ready = chosen.filter(({ title }) => !left.some(({ target }) => target.title === title));
  const unready = `Left as they were, see above: ${left.map(({ target }) => plain(target.shown)).join(", ")}. Cord is not known there yet.`;
  const missing = "cord is not on PATH, so the clients cannot start it yet: put it there.";
  return [
    "",
    ...(left.length > 0 ? [unready] : []),
    ...ready.map(({ nextStep }) => nextStep),
    ...(edits.some(({ act, status }) => act && status !== "refused") ? guardStep : []),
    ...(Bun.which("cord") === null ? [missing] : []),
    ...(ready.length > 0 ? firstPrompt : []),
    ...(left.length < edits.length ? ["To undo all this: cord init --remove"] : []),
  ];
}

const guardStep = [
  "git refuses a commit of what another agent has reserved, in all work trees whose hooks these are. All the same: CORD_GUARD=off git commit …",
];

const firstPrompt = [
  "Restart the tabs that are open: they read their settings when they start. Then try, in one of them:",
  '  "Say on the cord board who you are, and list what is open there."',
];

/** A user's own settings are touched only when asked for by name, so --remove says where cord still stands. */
function leftElsewhere(options: Options, record: InitRecord | undefined): string[] {
  return clients
    .filter(
      ({ id, scope }) =>
        scope === "user" && record?.clients.includes(id) === true && !options.client?.includes(id),
    )
    .map(({ id, title }) => `${title} may still name cord: cord init --remove --client ${id}`);
}

/** The clients, and those whose hooks are wanted although they have a price: now, or at an earlier init. */
async function choose(
  options: Options,
  context: InitContext,
  record: InitRecord | undefined,
  asks: boolean,
): Promise<Choice> {
  const { chosen, priced } = await chooseClients(options, context, record, asks);
  const named = options.hooks || [];
  return {
    chosen: clients.filter((client) => chosen.includes(client) || named.includes(client.id)),
    priced: [...priced, ...named, ...pricedIn(record)],
  };
}

async function chooseClients(
  options: Options,
  context: InitContext,
  record: InitRecord | undefined,
  asks: boolean,
): Promise<Choice> {
  const asked = options.client && placedForCodex(context, options.client);
  const named = asked ?? (options.check ? record?.clients : undefined);
  if (named !== undefined) return unpriced(clients.filter(({ id }) => named.includes(id)));
  if (options.remove) return unpriced([]);
  const installed = installedClients(context.home, environment.PATH ?? "");
  if (asks) return (await import("./init/wizard.ts")).askForClients(installed, options.hooks !== false);
  return unpriced(clientsOfProject(installed));
}

function unpriced(chosen: readonly Client[]): Choice {
  return { chosen, priced: [] };
}

/**
 * What --remove looks at: everything that init may have written here, or what is named; the user's own files only if
 * they are named.
 */
function removable(context: InitContext, options: Options, record: InitRecord | undefined): Target[] {
  const named = options.client && placedForCodex(context, options.client);
  const hooks = options.hooks !== false;
  if (named === undefined) {
    return possibleTargets(context, { ...options, hooks }).filter(
      ({ file }) => record === undefined || record.files[file.path] !== undefined,
    );
  }
  const wish = { ...options, hooks, priced: named, clients: clients.filter(({ id }) => named.includes(id)) };
  // AGENTS.md serves the other clients too; it goes when everything does.
  return targetsOf(context, wish).filter(({ isShared }) => isShared !== true);
}

function worthSaying(edits: readonly PlannedEdit[]): PlannedEdit[] {
  return edits.filter(({ status, kept }) => status !== "same" || kept.length > 0);
}

/**
 * The project's folder, without links. A folder that does not exist is made when files are written into it; there is
 * nothing to undo in it.
 */
function projectFolder(dir: string, removes: boolean): string {
  const path = resolve(dir);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined && removes) {
    throw new CordError("not_found", `cord init: there is no folder ${plain(path)}, so nothing is to undo.`);
  }
  if (stats?.isDirectory() === false) {
    throw new CordError("usage", `cord init: ${plain(path)} is no folder. Name the project's folder.`);
  }
  const root = realPath(path);
  if (existsSync(homedir()) && root === realpathSync(homedir())) {
    throw new CordError(
      "not_allowed",
      "cord init: this is your home directory, where the same files are your clients' settings for every project. Run it in a project's folder.",
    );
  }
  return root;
}

/** Of what is not there, the part that is. */
function realPath(path: string): string {
  if (existsSync(path) || dirname(path) === path) return realpathSync(path);
  return join(realPath(dirname(path)), basename(path));
}

function makeFolder(root: string): void {
  try {
    mkdirSync(root, { recursive: true });
  } catch (error) {
    throw new CordError(
      "failed",
      `cord init: the folder ${plain(root)} cannot be made: ${plain(messageOf(error))}. Name another one.`,
    );
  }
}

function asksOnTerminal({ yes, json, dryRun, check }: Options): boolean {
  return process.stdin.isTTY && process.stderr.isTTY && !yes && !json && !dryRun && !check;
}

function ids(chosen: readonly Client[]): ClientId[] {
  return chosen.map(({ id }) => id);
}

function help(): string {
  const width = Math.max(...clientIds.map((id) => id.length));
  const table = clients.map(({ id, title, files, scope }) => {
    return `  ${id.padEnd(width)}  ${title}, ${scope === "user" ? `~/${files[0]}` : files[0]}`;
  });
  return [
    "\nClients:",
    ...table,
    "\nBy its hooks a client hears of the board with its next prompt, and asks before",
    "it edits a file. They come with Claude Code, Codex and Gemini CLI. Not with",
    "these, unless --hooks names them:",
    ...pricedHooks.map(({ id, price }) => `  ${id.padEnd(width)}  ${price}`),
    "\nEach changed file is kept as it was in .cord/init/backup (a user's own file\nbeside it, as *.cord-backup).",
    "\nExamples:",
    "  $ cord init",
    "  $ cord init --yes --client claude codex",
    "  $ cord init ~/code/shop --dry-run",
    "  $ cord init --guard",
    "  $ cord init --check",
    "  $ cord init --remove",
  ].join("\n");
}
