import { mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { dirname } from "node:path";
import { createClient } from "../../../client/client.ts";
import { foundAt } from "../../../client/daemon/found.ts";
import { stopAt } from "../../../client/daemon/fixes.ts";
import { daemonToken } from "../../../client/token.ts";
import { CordError } from "../../../core/error.ts";
import type { Environment } from "../../../core/environment.ts";
import { plain } from "../../../core/text.ts";
import { shellWord } from "../../../core/shell-word.ts";
import { askProgram, type AskProgram } from "../../../system/ask-program.ts";
import { environment } from "../../../system/environment.ts";
import { makePrivate, refuseOther } from "../../../system/private-file.ts";
import { randomHex } from "../../../system/secret.ts";
import { refuseUnusable } from "../vault-folder.ts";
import { launchd } from "./launchd.ts";
import { mark, type ServiceManager } from "./contract.ts";
import { systemd } from "./systemd.ts";
import type { WantedService } from "./wanted.ts";

/** Where a service is installed: a test gives another. */
export interface ServiceHost {
  platform: NodeJS.Platform;
  home: string;
  uid: number;
  env: Environment;
  ask: AskProgram;
}

export function thisHost(): ServiceHost {
  return {
    platform: process.platform,
    home: homedir(),
    uid: process.getuid?.() ?? 0,
    env: environment,
    ask: askProgram,
  };
}

/** Throws `usage` where users have no services. */
export function managerOf({ platform, home, uid, env }: ServiceHost, wanted: WantedService): ServiceManager {
  if (platform === "darwin") return launchd(home, uid, wanted);
  if (platform === "linux") return systemd(home, env, wanted);
  // a task of the scheduler's is not started again when it fails, and needs no file of cord's
  const task = `schtasks /Create /TN cord /SC ONLOGON /TR "${wanted.command.map((word) => `\\"${word}\\"`).join(" ")}"`;
  throw new CordError(
    "usage",
    `cord installs its service where launchd or systemd runs those of users, and this is ${platform}. Commands start the daemon when they need it. To have it from logon on: ${task}`,
  );
}

export interface Installed {
  manager: ServiceManager["name"];
  file: string;
  /** it was not as it is now */
  changed: boolean;
  /** false: no manager of this user's services answers here */
  started: boolean;
  /** what is still to be run, each as a line for a shell */
  commands: string[];
}

/**
 * Writes the service's file and has its manager start it, in the place of a daemon that a command has started. Doing it again
 * changes nothing. Throws `conflict` for a file that is not cord's, and a daemon that a person has started.
 */
export async function installService(
  manager: ServiceManager,
  wanted: WantedService,
  { ask }: ServiceHost,
): Promise<Installed> {
  await refuseByHand(wanted.url);
  if (wanted.vault !== null) refuseUnusable(wanted.vault);
  const before = ownText(manager.file);
  if (before !== manager.text) write(manager);
  const done = { manager: manager.name, file: manager.file, changed: before !== manager.text };
  const isNew = before === null || !done.changed;
  if (ask(manager.isThere).code !== 0)
    return { ...done, started: false, commands: manager.start.map(shellLine) };
  const isRunning = ask(manager.runs).code === 0;
  if (done.changed || !isRunning)
    for (const command of isNew || !isRunning ? manager.start : manager.startAnew) run(command, manager, ask);
  return { ...done, started: true, commands: [] };
}

/** Ends the service where its manager answers, and takes its file away. Null: there is none. */
export function uninstallService(
  manager: ServiceManager,
  { ask }: ServiceHost,
): { file: string; ended: boolean } | null {
  if (ownText(manager.file) === null) return null;
  const isThere = ask(manager.isThere).code === 0;
  // one that its manager does not know is gone already
  if (isThere) for (const command of manager.stop) ask(command);
  rmSync(manager.file, { force: true });
  if (isThere) for (const command of manager.afterRemoval) ask(command);
  return { file: manager.file, ended: isThere };
}

/** The text of a service's file that is cord's own. Null: there is none. */
function ownText(file: string): string | null {
  refuseOther(file);
  const text = textOf(file);
  if (text === null || text.includes(mark)) return text;
  throw new CordError(
    "conflict",
    `${file} is there already, and cord has not made it: it is left as it is. Move it away, then call this again; or start the daemon by it.`,
  );
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}

/** launchd wants a file that nobody else can write. */
function write({ file, text }: ServiceManager): void {
  mkdirSync(dirname(file), { recursive: true });
  const own = `${file}.${randomHex(6)}`;
  try {
    makePrivate(own, text);
    renameSync(own, file);
  } finally {
    rmSync(own, { force: true });
  }
}

/** A daemon that a command has started hands over by itself; one of a person's does not, and the service would fail. */
async function refuseByHand(url: string): Promise<void> {
  const found = await foundAt(url);
  if (found?.state === "stranger") throw found.problem;
  const said = found?.state === "older" ? null : (found?.said ?? null);
  if (said === null || said.started === "demand" || said.service) return;
  throw new CordError(
    "conflict",
    `The daemon at ${url} (pid ${said.pid}) was started by hand, and a service does not take its place. End it, then call this again: ${stopAt(url)}`,
  );
}

function run(command: readonly string[], { file }: ServiceManager, ask: AskProgram): void {
  const { code, said } = ask(command);
  if (code === 0) return;
  const why =
    code === null ? "it did not end" : said === "" ? `it exited with ${code}` : plain(said).slice(0, 500);
  throw new CordError(
    "failed",
    `${shellLine(command)} failed: ${why}. The service's file is ${file}; cord daemon uninstall takes it away.`,
  );
}

/** Resolves once the service's daemon answers at the URL. Throws `failed` with where to look when it does not. */
export async function untilServed({ name, service, file }: ServiceManager, url: string): Promise<void> {
  const deadline = performance.now() + upWithinMs;
  for (;;) {
    if ((await servedBy(url)) === name) return;
    if (performance.now() > deadline)
      throw new CordError(
        "failed",
        `${name} has started ${service}, and no daemon of it answers at ${url} after ${upWithinMs / 1000} s. What it says is in ${name === "systemd" ? `journalctl --user -u ${service}` : "cord daemon logs"}; the file is ${file}.`,
      );
    await Bun.sleep(pollMs);
  }
}

async function servedBy(url: string): Promise<string | null> {
  try {
    const { service } = await createClient({ url, token: daemonToken() }).call("daemon/describe", {});
    return service?.manager ?? null;
  } catch {
    return null; // it comes up, or another hands over to it
  }
}

const upWithinMs = 15_000;
const pollMs = 50;

function shellLine(command: readonly string[]): string {
  return command.map(shellWord).join(" ");
}
