import { closeSync, readFileSync } from "node:fs";
import { isAbsolute } from "node:path";
import { CordError } from "../core/error.ts";
import { isLoopback } from "../core/address.ts";
import { answered } from "./answered.ts";
import { createClient, type Client } from "./client.ts";
import { daemonEnvironment } from "./daemon-environment.ts";
import type { Health } from "./health.ts";
import { openDaemonLog } from "./daemon-log.ts";
import { daemonLog, daemonUrl } from "./paths.ts";
import { Unproven } from "./proof.ts";
import { reach } from "./reach.ts";
import { selfCommand } from "./self.ts";
import { randomHex } from "../system/secret.ts";
import { callerToken } from "./token.ts";

/** A daemon that was started on demand goes when nobody has needed it for this long. */
const idleExitSeconds = 900;
const startWithinMs = 10_000;

/** A client of the daemon at a URL; one that is not there is started, if the URL is of this machine. */
export async function connect(given?: string): Promise<Client> {
  const url = daemonUrl(given);
  const revive = () => ensureDaemon(url);
  const client = createClient({ url, token: callerToken(), revive });
  return client;
}

/**
 * Resolves once a daemon answers at the URL. Starts one if there is none and the URL is of this machine; the calls of
 * one process that find it gone at once start one together, not one each.
 */
export function ensureDaemon(url: string): Promise<void> {
  const known = underWay.get(url);
  if (known) return known;
  const started = startIfGone(url).finally(() => underWay.delete(url));
  underWay.set(url, started);
  return started;
}

const underWay = new Map<string, Promise<void>>();

/**
 * Remembers which database the daemon at the URL has: should one have to be started in its place, it goes on with the
 * same. For commands that outlive a daemon.
 */
export async function rememberDaemon(url: string): Promise<void> {
  const health = await healthOf(url).catch(() => null);
  if (health && isAbsolute(health.database)) databases.set(url, health.database);
}

const databases = new Map<string, string>();

async function startIfGone(url: string): Promise<void> {
  if (await isHealthy(url)) return;
  if (!isStartable(url)) {
    throw new CordError(
      "unavailable",
      `No cord daemon answers at ${url}. Start one there with "cord serve".`,
    );
  }
  const { hostname, port } = new URL(url);
  const child = spawnDaemon(`${hostname}:${port === "" ? "80" : port}`, databases.get(url));
  const deadline = performance.now() + startWithinMs;
  while (performance.now() < deadline) {
    if (await isHealthy(url)) return;
    if (child.exitCode !== null && child.exitCode !== 0) return afterFailedStart(url);
    await Bun.sleep(pollMs);
  }
  throw new CordError(
    "unavailable",
    `The daemon at ${url} did not come up within ${startWithinMs / 1000} s. Its log is ${daemonLog()}.`,
  );
}

const pollMs = 10;

/** Whether a command that finds no daemon there starts one. */
export function isStartable(url: string): boolean {
  const { hostname, protocol } = new URL(url);
  return protocol === "http:" && isLoopback(hostname);
}

/**
 * The health of the daemon at the URL, once it has proved that it knows the token; null if nobody is there. Throws what
 * else answers there, in one sentence.
 */
export async function healthOf(
  url: string,
  { token = callerToken(), withinMs = usualMs }: { token?: string; withinMs?: number } = {},
): Promise<Health | null> {
  return answered({ url, ms: withinMs, isKnown: false }, (signal) => reach(url, token).look(signal));
}

const usualMs = 10_000;

/** What any daemon at the URL says of itself, whoever's it is: for messages only. Null: there is none that can be asked. */
export async function claimedAt(url: string, withinMs: number): Promise<Health | null> {
  try {
    return await healthOf(url, { token: randomHex(32), withinMs });
  } catch (error) {
    return error instanceof Unproven ? error.health : null;
  }
}

async function isHealthy(url: string): Promise<boolean> {
  return (await healthOf(url)) !== null;
}

function spawnDaemon(address: string, database?: string): Bun.Subprocess {
  const log = openDaemonLog();
  const flags = ["--addr", address, "--idle-exit", String(idleExitSeconds), "--on-demand"];
  if (database !== undefined) flags.push("--db", database);
  const child = Bun.spawn([...selfCommand("serve"), ...flags], {
    stdio: ["ignore", log, log],
    detached: true,
    cwd: "/",
    env: daemonEnvironment(process.env),
  });
  closeSync(log);
  child.unref();
  return child;
}

/** Two that race to start one end with one: the loser's daemon refuses, and the winner's is soon there. */
async function afterFailedStart(url: string): Promise<void> {
  const deadline = performance.now() + graceMs;
  while (performance.now() < deadline) {
    if (await isHealthy(url)) return;
    await Bun.sleep(pollMs);
  }
  throw new CordError("unavailable", `The daemon could not be started: ${lastLine(daemonLog())}`);
}

const graceMs = 3000;

function lastLine(file: string): string {
  try {
    return readFileSync(file, "utf8").trim().split("\n").at(-1) ?? "";
  } catch {
    return `see ${file}`;
  }
}
