import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { Environment } from "../../../core/environment.ts";
import { repositoryAt, type Repository } from "../../../client/project/repository.ts";
import { readSmall, realFolder } from "../../../system/small-file.ts";
import { upwards } from "../../../system/upwards.ts";
import { isJsonObject } from "../../../core/json.ts";
import type { Untrusted } from "../agent.ts";
import { demandsOf, projectFiles } from "./project.ts";

/**
 * What a project makes Claude Code do without the user's consent: `claude -p` shows no trust dialog and would just do
 * it. Null where there is nothing of that kind, or where the user has agreed in Claude Code's own dialog.
 */
export function untrustedIn(folder: string, env: Environment): Untrusted | null {
  const cwd = realFolder(folder) ?? folder;
  const home = homeOf(env);
  const files = projectFiles(cwd, realFolder(home) ?? home);
  if (files.length === 0 || isTrusted(cwd, env)) return null;
  const hash = new Bun.CryptoHasher("sha256");
  for (const { path, text } of files) hash.update(`${path}\0${text ?? ""}\0`);
  return { demands: demandsOf(files, cwd), digest: hash.digest("hex") };
}

/** Where Claude Code keeps the user's settings. */
export function claudeFolder(env: Environment): string {
  return env.CLAUDE_CONFIG_DIR || join(homeOf(env), ".claude");
}

/** As Claude Code finds it: on Windows HOME, which some shells set there, says nothing. */
export function homeOf(env: Environment, platform: NodeJS.Platform = process.platform): string {
  return (platform === "win32" ? env.USERPROFILE : env.HOME) || homedir();
}

/** As Claude Code itself looks it up: for the repository, the folder, and all that the folder lies in. */
function isTrusted(cwd: string, env: Environment): boolean {
  if (/^(?:1|true|yes|on)$/i.test(env.CLAUDE_CODE_SANDBOXED ?? "")) return true;
  const projects = recordsOf(env)["projects"];
  if (!isJsonObject(projects)) return false;
  const repository = repositoryAt(cwd);
  const asked = [
    ...upwards(cwd),
    ...(repository !== null && isOwnWorktree(repository) ? [repository.main] : []),
  ];
  return asked.some((folder) => {
    const path = recordedAs(folder);
    const record = Object.hasOwn(projects, path) ? projects[path] : null;
    return isJsonObject(record) && record["hasTrustDialogAccepted"] === true;
  });
}

/** A folder as the records name it: on Windows, too, with slashes. */
export function recordedAs(path: string, platform: NodeJS.Platform = process.platform): string {
  return platform === "win32" ? path.replaceAll("\\", "/") : path;
}

/**
 * Whether the repository also names the work tree. Otherwise a stranger's `.git` file could name any trusted
 * repository.
 */
function isOwnWorktree({ top, common }: Repository): boolean {
  const pointer = /^gitdir: ([^\n\r\0]+)/.exec(readSmall(join(top, ".git"), pointerBytes) ?? "")?.[1];
  if (pointer === undefined) return false;
  const own = realFolder(resolve(top, pointer));
  if (own === null || join(own, "..") !== join(common, "worktrees")) return false;
  return readSmall(join(own, "gitdir"), pointerBytes)?.trim() === join(top, ".git");
}

const pointerBytes = 8192;
/** The records hold the history of every project, and grow to megabytes. */
const recordBytes = 67_108_864;

/** What Claude Code keeps of the user: accounts, and what was agreed to in projects. */
export function recordsOf(env: Environment): Record<string, unknown> {
  const text =
    readSmall(join(claudeFolder(env), ".config.json"), recordBytes) ??
    readSmall(join(env.CLAUDE_CONFIG_DIR || homeOf(env), ".claude.json"), recordBytes);
  try {
    const records: unknown = JSON.parse(text ?? "");
    return isJsonObject(records) ? records : {};
  } catch {
    return {};
  }
}
