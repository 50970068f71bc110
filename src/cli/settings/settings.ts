import { InvalidArgumentError, type CommandUnknownOpts, type Option } from "@commander-js/extra-typings";
import { configsOf } from "../../client/project/config.ts";
import { repositoryAt } from "../../client/project/repository.ts";
import { isAgentName, refuseModel, unknownAgent } from "../../core/agents.ts";
import { CordError, messageOf } from "../../core/error.ts";
import { nodeBounds } from "../../core/limits.ts";
import { meantBy } from "../../core/spelling.ts";
import { quoted, shortened } from "../../core/text.ts";
import { refusalOf } from "../../plans/read.ts";
import type { Fault } from "../../plans/plan.ts";
import { userSettingsFile, type OwnedFile } from "../../system/cord-folder.ts";
import { readSmall, realFolder } from "../../system/small-file.ts";
import { readSettingsText, type Entry } from "./file.ts";

/** What holds for a key: of a flag of `cord run`, or of `models`. */
export interface Setting {
  key: string;
  /** as the flag gives it; a text of a model */
  value: unknown;
  /** as it is written */
  text: string;
  /** null: it is cord's own default */
  from: { file: OwnedFile; line: number } | null;
  /** what would hold without it */
  below: Setting | null;
}

/**
 * What holds where no flag says otherwise: what the nearest file of the project says, then one further up, then the user's
 * own, then cord's default. Throws `invalid`, a line for each fault, `.cord/config.toml:3: …`.
 */
export function settingsIn(folder: string, run: CommandUnknownOpts): Map<string, Setting> {
  const settings = new Map<string, Setting>();
  for (const option of run.options)
    if (isSettable(option) && option.defaultValue !== undefined)
      settings.set(keyOf(option), {
        key: keyOf(option),
        value: option.defaultValue,
        text: option.defaultValueDescription ?? String(option.defaultValue),
        from: null,
        below: null,
      });
  for (const file of filesOf(folder).toReversed()) {
    const { entries, faults, history } = readSettingsText(file.text);
    if (file.owner === "project") faults.push(...history.map(({ line }) => ({ line, text: ownHistory })));
    for (const entry of entries) {
      const read = readEntry(entry, run);
      if ("fault" in read) faults.push({ line: entry.line, text: read.fault });
      else
        settings.set(entry.key, {
          key: entry.key,
          value: read.value,
          text: textOf(entry.value),
          from: { file, line: entry.line },
          below: settings.get(entry.key) ?? null,
        });
    }
    refuse(file, faults);
  }
  return settings;
}

const ownHistory =
  "How much is kept of all your projects is for you to say: write [history] into cord/config.toml of your own configuration.";

function refuse({ path }: OwnedFile, faults: readonly Fault[]): void {
  const shown = faults.toSorted((a, b) => a.line - b.line).slice(0, maxFaults);
  if (shown.length > 0) throw refusalOf(path, shown);
}

const maxFaults = 10;
const maxBytes = 65_536;

/** The nearest first; the user's own is the last. */
function filesOf(folder: string): OwnedFile[] {
  const cwd = realFolder(folder) ?? folder;
  const files: OwnedFile[] = [];
  for (const { file } of configsOf(cwd, repositoryAt(cwd))) {
    const text = readSmall(file, maxBytes);
    if (text === null)
      throw new CordError("invalid", `${file} cannot be read, or is larger than 64 KiB. Check its rights.`);
    files.push({ owner: "project", path: file, text });
  }
  const own = userSettingsFile();
  return own === null ? files : [...files, own];
}

/** Flags that are of one call, and no setting. */
const ofOneCall: ReadonlySet<string> = new Set(["resume", "json", "url", "trust", "config", "help"]);

function isSettable({ long }: Option): boolean {
  return long !== undefined && long !== null && !ofOneCall.has(long.replace(/^--(?:no-)?/, ""));
}

function keyOf({ long }: Option): string {
  return (long ?? "").replace(/^--/, "");
}

/** The flag that a key sets; undefined for models. */
export function optionOf(key: string, run: CommandUnknownOpts): Option | undefined {
  return run.options.find((option) => isSettable(option) && keyOf(option) === key);
}

type ReadEntry = { value: unknown } | { fault: string };

function readEntry({ key, value }: Entry, run: CommandUnknownOpts): ReadEntry {
  if (key.startsWith("models.")) return readModel(key.slice("models.".length), value);
  const option = optionOf(key, run);
  if (option === undefined) return { fault: unknownKey(key, run) };
  const isSwitch = !option.required && !option.optional;
  if (isSwitch || (option.optional && typeof value === "boolean"))
    return typeof value === "boolean" ? { value } : { fault: `${key} is true or false.` };
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "bigint")
    return { fault: `${key} is one value, as after --${key}.` };
  try {
    const text = String(value);
    const read: unknown = option.parseArg === undefined ? text : option.parseArg(text, undefined);
    const problem = commandProblem(key, read) ?? nameProblem(key, text);
    return problem === null ? { value: read } : { fault: problem };
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    return { fault: `${key} cannot be ${quoted(textOf(value), shownLength)}. ${error.message}` };
  }
}

const shownLength = 80;

function commandProblem(key: string, value: unknown): string | null {
  const isTooLong = typeof value === "string" && value.length > nodeBounds.commandLength;
  return isTooLong ? `${key} is longer than ${nodeBounds.commandLength} characters.` : null;
}

/** Why no agent, or model, can be called so; null: one can. */
function nameProblem(key: string, text: string): string | null {
  if (key === "agent") return isAgentName(text) ? null : unknownAgent(text).message;
  return key === "model" ? modelProblem(text) : null;
}

function modelProblem(name: string): string | null {
  try {
    refuseModel(name);
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

function unknownKey(key: string, run: CommandUnknownOpts): string {
  const known = [...run.options.filter(isSettable).map(keyOf), "models"];
  const meant =
    meantBy(key.replaceAll("_", "-"), known) ?? known.find((one) => one === key.replaceAll("_", "-"));
  const hint =
    meant === undefined
      ? 'Keys are the flags of "cord run" without their hyphens in front, and models'
      : `Write ${meant}`;
  return `There is no key ${quoted(key, shownLength)} in [run]. ${hint}.`;
}

function readModel(role: string, value: unknown): ReadEntry {
  if (!/^(?:root|work|synthesis|[1-9]\d?)$/.test(role))
    return {
      fault: `There is no model for ${quoted(role, shownLength)}. Write root, work, synthesis, or a depth such as 2.`,
    };
  if (typeof value !== "string") return { fault: `models.${role} is the name of a model, such as "opus".` };
  const problem = modelProblem(value);
  return problem === null ? { value } : { fault: problem };
}

function textOf(value: unknown): string {
  return typeof value === "string"
    ? shortened(value, 500)
    : JSON.stringify(value, (_, one: unknown) => (typeof one === "bigint" ? String(one) : one));
}
