import { dirname, resolve } from "node:path";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { CordError } from "../../core/error.ts";
import { plain } from "../../core/text.ts";
import type { OwnedFile } from "../../system/cord-folder.ts";
import { isTrusted, trust } from "../../system/trusted-files.ts";
import { tell } from "../output.ts";
import { demandLine, demandsOf, type Demand } from "./demands.ts";
import { optionOf, settingsIn } from "./settings.ts";

/**
 * Sets the flags of `cord run` that were not given as the settings files say, and returns the models they name. Throws
 * `not_allowed` for what a project's file may not do on its own, unless its person agrees now or has agreed to it before.
 */
export async function applySettings(
  run: CommandUnknownOpts,
  folder: string,
  isTrustGiven: boolean,
): Promise<Record<string, string>> {
  const isGiven = (key: string) => {
    const option = optionOf(key, run);
    return option !== undefined && run.getOptionValueSource(option.attributeName()) === "cli";
  };
  const settings = settingsIn(folder, run);
  await agreeTo(demandsOf(settings.values(), isGiven), isTrustGiven);
  const models: Record<string, string> = {};
  for (const { key, value, from } of settings.values()) {
    if (from === null || isGiven(key)) continue;
    const option = optionOf(key, run);
    if (option === undefined) models[key.replace(/^models\./, "")] = String(value);
    else run.setOptionValueWithSource(option.attributeName(), heldValue(key, value, from.file), "config");
  }
  return models;
}

/** As the flag would have it: what is off is not given, and a path begins where the file's project, or folder, is. */
function heldValue(key: string, value: unknown, { owner, path }: OwnedFile): unknown {
  if (value === false) return undefined;
  const base = owner === "project" ? dirname(dirname(path)) : dirname(path);
  return key === "schema" && typeof value === "string" ? resolve(base, value) : value;
}

/** Asks once for each content of a file: a "yes" is kept, as is that of `cord config --trust`. */
async function agreeTo(demands: readonly Demand[], isTrustGiven: boolean): Promise<void> {
  const open = demands.filter(({ setting: { from } }) => from !== null && !isTrusted(from.file));
  if (open.length === 0 || isTrustGiven) return;
  tell("These settings of the project are not yours, and you have not agreed to them:");
  for (const demand of open) tell(`  ${demandLine(demand)}`);
  if (
    process.stdin.isTTY &&
    process.stderr.isTTY &&
    (await agrees("Let this project's runs work by them?"))
  ) {
    for (const { setting } of open) if (setting.from !== null) trust(setting.from.file);
    return;
  }
  throw new CordError(
    "not_allowed",
    'nothing was started. Read the file; then "cord config --trust" agrees to it as it is now, --trust does so for this run, and --no-config leaves all settings out.',
  );
}

/** Throws `interrupted`, with a sentence that says how things stand, when the question is left. */
export async function agrees(message: string, left = "cord run: nothing was started."): Promise<boolean> {
  const { confirm, isCancel } = await import("@clack/prompts");
  const answer = await confirm({ message: plain(message), initialValue: false, output: process.stderr });
  if (isCancel(answer)) throw new CordError("interrupted", left);
  return answer;
}
