import type { Found } from "../../client/daemon/found.ts";
import type { Health } from "../../client/daemon/health.ts";
import { restartAt, stopAt } from "../../client/daemon/fixes.ts";
import { hostAndPort, urlOf } from "../../core/address.ts";
import { CordError } from "../../core/error.ts";
import { shellWord } from "../../core/shell-word.ts";
import type { Announcement } from "../../system/announcement.ts";
import { calledAt } from "./address.ts";

/** What the daemon that is to be started was asked to be. */
interface Wish {
  hostname: string;
  port: number;
  database: string;
  vault: string | null;
}

/** Why a daemon cannot be started beside one that is there, and the command that leads to what was wanted. */
export function refusalOf(found: Found, wish: Wish): CordError {
  if (found.state === "stranger") return found.problem;
  if (found.state === "shut")
    return new CordError(
      "conflict",
      `${nameOf(found)} and ${shutHow(found)}. To put another in its place: ${restartAt(found.url)}${vaultFlag(wish.vault)}`,
    );
  if (found.state === "older")
    return new CordError(
      "conflict",
      `${nameOf(found)}, of the older version ${found.health.version}. To put one of this version in its place: ${restartAt(found.url)}${vaultFlag(wish.vault)}`,
    );
  return new CordError("conflict", `${nameOf(found)}. ${fixFor(found, wish)}`);
}

function fixFor({ url, health }: Extract<Found, { state: "answers" }>, wish: Wish): string {
  const here = calledAt(wish);
  if (url !== here)
    return `Call that one with --url ${url}, or have it move here: cord daemon restart --url ${url} --addr ${hostAndPort(urlOf(wish.hostname, wish.port))}${vaultFlag(wish.vault)}`;
  if (health.database !== wish.database)
    return `To have it go on with the database ${wish.database}: ${restartAt(url)} --db ${shellWord(wish.database)}${vaultFlag(wish.vault)} (or choose another port with --addr HOST:PORT, and the same for the commands with --url).`;
  if (wish.vault !== null && wish.vault !== health.vault)
    return `To have it draw its notes into ${wish.vault}: ${restartAt(url)}${vaultFlag(wish.vault)}`;
  return `The commands use it as it is. To end it first: ${stopAt(url)}`;
}

/** Another daemon would be called by the same name. */
export function secondOf(url: string, health: Health): CordError {
  const named = nameOf({ state: "answers", url, health, said: null });
  return new CordError(
    "conflict",
    `${named}, which is called by the same name. Choose another port with --addr HOST:PORT, and the same for the commands with --url; or end that one: ${stopAt(url)}`,
  );
}

/** Who it is, in words that a sentence may go on from. */
function nameOf(found: Exclude<Found, { state: "stranger" }>): string {
  const { pid, database } = found.state === "shut" ? found.said : found.health;
  const said = found.state === "older" ? null : found.said;
  const how = said === null ? "" : `, ${startedBy(said)}`;
  const who = pid === null ? "" : ` (pid ${pid}${how})`;
  return `A cord daemon${who} with the database ${database} listens at ${found.url}`;
}

function startedBy({ started, service }: Announcement): string {
  if (service) return `started by ${service.manager} as ${service.name}`;
  return started === "hand" ? "started by hand" : "started by a command";
}

/** Why a daemon of this user's cannot be talked to. */
export function shutHow({ problem }: Extract<Found, { state: "shut" }>): string {
  if (problem.code === "unauthorized") return "has another token than yours";
  return problem.code === "unavailable" ? "does not answer" : `cannot be asked (${problem.message})`;
}

function vaultFlag(vault: string | null): string {
  return vault === null ? "" : ` --vault ${shellWord(vault)}`;
}
