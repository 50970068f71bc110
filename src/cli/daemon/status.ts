import { factLines, type Fact } from "../facts.ts";
import { createClient } from "../../client/client.ts";
import type { Found } from "../../client/daemon/found.ts";
import { isOlder } from "../../client/daemon/notices.ts";
import { restartAt } from "../../client/daemon/fixes.ts";
import { daemonLog } from "../../client/paths.ts";
import { daemonToken } from "../../client/token.ts";
import type { About } from "../../core/about.ts";
import { bytes } from "../../core/bytes.ts";
import { durationOf } from "../../core/duration.ts";
import { errors } from "../../core/error.ts";
import { version } from "../../core/version.ts";
import { dayAndClock, duration } from "../../tui/time.ts";
import { print, printJson } from "../output.ts";
import { serviceLabel } from "./service/launchd.ts";
import { shutHow } from "../serve/refusal.ts";
import { daemonOf, noneOf, type Which } from "./which.ts";

/** Says what the daemon is. Exits with 1 when there is none that answers, or it can do nothing any more. */
export async function showStatus(which: Which, json: boolean): Promise<void> {
  const found = await daemonOf(which);
  const about = found?.state === "answers" ? await aboutOf(found) : null;
  const problem = found?.state === "answers" ? found.health.problem : null;
  if (about === null || problem !== null) process.exitCode = errors.unavailable.exit;
  if (json)
    return printJson(about === null ? away(found) : { running: true, ...about, problem, ...askingOf(about) });
  return print(about === null ? await awayInWords(which, found) : inWords(about, problem));
}

/** Of the program that asks. */
function askingOf(about: About): { program_version: string; update: string | null } {
  return { program_version: version, update: updateOf(about) };
}

type Daemon = Awaited<ReturnType<typeof daemonOf>>;

function aboutOf({ url }: Extract<Found, { state: "answers" }>): Promise<About> {
  return createClient({ url, token: daemonToken() }).call("daemon/describe", {});
}

/** `running` is null for a process that lives and does not answer, or is too old to. */
function away(found: Daemon): object {
  if (found === null) return { running: false };
  const { url } = found;
  if (found.state !== "shut") return { running: null, url, ...found.health };
  const { pid, database, vault, version, started } = found.said;
  return { running: null, url, pid, database, vault, version, started };
}

async function awayInWords(which: Which, found: Daemon): Promise<string> {
  if (found === null) return noneOf(which, "status");
  const { pid, database } = found.state === "shut" ? found.said : found.health;
  const who = `${pid === null ? "A daemon" : `The daemon with pid ${pid}`}, with the database ${database},`;
  return found.state === "shut"
    ? `${who} ${shutHow(found)} at ${found.url}. To put another in its place: ${restartAt(found.url)}`
    : `${who} is at ${found.url}, of the older version ${found.health.version}. To replace it: ${restartAt(found.url)}`;
}

function inWords(about: About, problem: string | null): string {
  const facts: Fact[] = [
    [
      "daemon",
      `pid ${about.pid}${about.user === undefined ? "" : ` of ${about.user}`}, cord ${about.version}`,
    ],
    ["since", `${sinceOf(about)}for ${duration(about.uptime_seconds * 1000)}`],
    ["program", about.program],
    ["address", `${about.url}${about.open ? " (asks for no token)" : ""}`],
    ["database", `${about.database}${sizeInWords(about)}`],
    ["memory", about.memory_bytes === undefined ? undefined : bytes(about.memory_bytes)],
    ["vault", about.vault ?? "none"],
    ["push", about.push_to?.length ? `to ${about.push_to.join(", ")}` : undefined],
    ["history", about.history && historyInWords(about.history)],
    ["started", startedInWords(about)],
    ["clients", about.clients === 0 ? "none waits" : `${about.clients} wait`],
    ["log", logOf(about)],
    ["update", updateOf(about) ?? undefined],
    ["trouble", problem ?? about.history?.trouble ?? undefined],
  ];
  return factLines(facts).join("\n");
}

/** `kept for 90d, then in ~/.local/share/cord/history` */
function historyInWords({ folder, kept_seconds: seconds }: NonNullable<About["history"]>): string {
  return seconds === null ? "kept for ever" : `kept for ${durationOf(seconds)}, then in ${folder}`;
}

function sinceOf({ started_at: at }: About): string {
  return at === undefined ? "" : `${dayAndClock(Date.parse(at))}, `;
}

function sizeInWords({ database_bytes: size, log_bytes: log }: About): string {
  if (size === undefined || log === undefined) return "";
  return ` (${bytes(size)}, and ${bytes(log)} in its log)`;
}

function startedInWords({ started, idle_exit_seconds: idle, service }: About): string {
  const byService = service ? `by ${service.manager}, as ${service.name}` : null;
  const how = byService ?? (started === "hand" ? "by hand" : "by a command that needed one");
  return idle === null
    ? `${how}, to stay`
    : `${how}; goes when nobody has needed it for ${duration(idle * 1000)}`;
}

/** One that a person has started says in its terminal what it has to say. */
function logOf({ started, service }: About): string | undefined {
  if (service?.manager === "systemd")
    return `journalctl ${service.of_user ? "--user " : ""}-u ${service.name}`;
  return started === "demand" || service?.name === serviceLabel ? daemonLog() : undefined;
}

/** What becomes of a daemon that is not of this program's version. Null: it is. */
function updateOf(about: About): string | null {
  if (about.version === version) return null;
  const own = `this program is cord ${version}`;
  if (!isOlder(about.version)) return `${own}, which is older and goes on with it`;
  if (about.service == null && about.database !== ":memory:")
    return `${own}: the next command puts its own daemon in this one's place`;
  return `${own}. To put its own daemon in this one's place: ${restartAt(about.url)}`;
}
