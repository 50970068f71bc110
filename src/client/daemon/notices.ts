import { resolve } from "node:path";
import type { Environment } from "../../core/environment.ts";
import { isLoopback } from "../../core/address.ts";
import { shellWord } from "../../core/shell-word.ts";
import { plain } from "../../core/text.ts";
import { version } from "../../core/version.ts";
import type { Health } from "./health.ts";
import { restartAt } from "./fixes.ts";

/**
 * What a person should know of the daemon that a command found: each line once per process, with the command that
 * changes it.
 */

/** From now on lines are told. Commands that are about the daemon itself leave it out. */
export function noticeDaemons(env: Environment, tell: (line: string) => void): void {
  told = { env, tell };
}

let told: { env: Environment; tell: (line: string) => void } | null = null;
const said = new Set<string>();

/** Called with what each daemon says of itself, once it has proved whose it is. */
export function notice(url: string, health: Health): void {
  if (told === null) return;
  for (const line of noticesOf(url, health, told.env)) {
    if (said.has(line)) continue;
    said.add(line);
    told.tell(line);
  }
}

function noticesOf(url: string, health: Health, env: Environment): string[] {
  if (!isLoopback(new URL(url).hostname)) return [];
  const daemon = `the daemon at ${url}${health.pid === null ? "" : ` (pid ${health.pid})`}`;
  const lines: string[] = [];
  const [database, vault] = [pathIn(env.CORD_DB), pathIn(env.CORD_VAULT)];
  if (database !== null && database !== health.database)
    lines.push(
      `CORD_DB names ${database}, but ${daemon} has the database ${plain(health.database)}, which is used. To change that: ${restartAt(url)} --db ${shellWord(database)}`,
    );
  if (vault !== null && vault !== health.vault)
    lines.push(
      `CORD_VAULT names ${vault}, but ${daemon} draws ${health.vault === null ? "no notes" : `its notes into ${plain(health.vault)}`}. To change that: ${restartAt(url)} --vault ${shellWord(vault)}`,
    );
  return lines.map((line) => `cord: ${line}`);
}

/** Whether a daemon is of an older version than this program. What is no version says nothing of its age. */
export function isOlder(other: string): boolean {
  return orderOf(other) < 0;
}

export function isNewer(other: string): boolean {
  return orderOf(other) > 0;
}

/** Below 0: the other is older than this program. */
function orderOf(other: string): number {
  const isVersion = /^\d{1,9}\.\d{1,9}\.\d{1,9}(?:[-+][\w.+-]{1,64})?$/.test(other);
  return isVersion ? Bun.semver.order(other, version) : 0;
}

function pathIn(value: string | undefined): string | null {
  return value === undefined || value === "" || value === ":memory:" ? null : resolve(value);
}
