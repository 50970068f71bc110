import { factLines, type Fact } from "../facts.ts";
import { createClient } from "../../client/client.ts";
import type { Found } from "../../client/daemon/found.ts";
import { restartAt } from "../../client/daemon/fixes.ts";
import { daemonLog } from "../../client/paths.ts";
import { daemonToken } from "../../client/token.ts";
import type { About } from "../../core/about.ts";
import { errors } from "../../core/error.ts";
import { duration } from "../../tui/time.ts";
import { print, printJson } from "../output.ts";
import { shutHow } from "../serve/refusal.ts";
import { daemonOf, noneOf, type Which } from "./which.ts";

/** Says what the daemon is. Exits with 1 when there is none that answers, or it can do nothing any more. */
export async function showStatus(which: Which, json: boolean): Promise<void> {
  const found = await daemonOf(which);
  const about = found?.state === "answers" ? await aboutOf(found) : null;
  const problem = found?.state === "answers" ? found.health.problem : null;
  if (about === null || problem !== null) process.exitCode = errors.unavailable.exit;
  if (json) return printJson(about === null ? away(found) : { running: true, ...about, problem });
  return print(about === null ? await awayInWords(which, found) : inWords(about, problem));
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
    ["daemon", `pid ${about.pid}, cord ${about.version}, for ${duration(about.uptime_seconds * 1000)}`],
    ["address", `${about.url}${about.open ? " (asks for no token)" : ""}`],
    ["database", about.database],
    ["vault", about.vault ?? "none"],
    ["push", about.push_to?.length ? `to ${about.push_to.join(", ")}` : undefined],
    ["started", startedInWords(about)],
    ["clients", about.clients === 0 ? "none waits" : `${about.clients} wait`],
    ["log", about.started === "demand" ? daemonLog() : undefined],
    ["trouble", problem ?? undefined],
  ];
  return factLines(facts).join("\n");
}

function startedInWords({ started, idle_exit_seconds: idle }: About): string {
  const how = started === "hand" ? "by hand" : "by a command that needed one";
  return idle === null
    ? `${how}, to stay`
    : `${how}; goes when nobody has needed it for ${duration(idle * 1000)}`;
}
