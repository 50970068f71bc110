import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname, isAbsolute, resolve } from "node:path";
import { CordError } from "../core/error.ts";
import { isLoopback } from "../core/address.ts";
import { createClient, type Client } from "./client.ts";
import { daemonLog, daemonUrl } from "./paths.ts";
import { selfCommand } from "./self.ts";
import { callerToken, daemonToken } from "./token.ts";

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
  daemonToken();
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

/** What a daemon says of itself. */
export interface Health {
  version: string;
  database: string;
  /** null: it is older than those that say so */
  pid: number | null;
  /** the folder of its notes; null for none */
  vault: string | null;
}

/** The health of the cord daemon at the URL; null if nothing answers. Throws `conflict` if something else does. */
export async function healthOf(url: string, withinMs = 5000): Promise<Health | null> {
  let response: Response;
  try {
    response = await fetch(`${url}healthz`, { signal: AbortSignal.timeout(withinMs) });
  } catch {
    return null;
  }
  const body: unknown = await response.json().catch(() => null);
  if (typeof body === "object" && body !== null && "name" in body && body.name === "cord") {
    return {
      version: "version" in body ? String(body.version) : "",
      database: "database" in body ? String(body.database) : "",
      pid: "pid" in body ? Number(body.pid) : null,
      vault: "vault" in body && typeof body.vault === "string" ? body.vault : null,
    };
  }
  throw new CordError(
    "conflict",
    `Something that is not cord answers at ${url}. Choose another port with --url, and the same with "cord serve --addr".`,
  );
}

async function isHealthy(url: string): Promise<boolean> {
  return (await healthOf(url)) !== null;
}

function spawnDaemon(address: string, database?: string): Bun.Subprocess {
  mkdirSync(dirname(daemonLog()), { recursive: true, mode: 0o700 });
  const log = openSync(daemonLog(), "a", 0o600);
  const env = { ...process.env };
  for (const name of notTheDaemons) delete env[name];
  for (const name of pathsOfTheDaemon) if (env[name]) env[name] = resolve(env[name]);
  const flags = ["--addr", address, "--idle-exit", String(idleExitSeconds), "--on-demand"];
  if (database !== undefined) flags.push("--db", database);
  const child = Bun.spawn([...selfCommand("serve"), ...flags], {
    stdio: ["ignore", log, log],
    detached: true,
    cwd: "/",
    env,
  });
  closeSync(log);
  child.unref();
  return child;
}

/** What an agent's shell has and its daemon must not: with the marks of an attempt it would be ended as a leftover of that agent. */
const notTheDaemons = ["CORD_TOKEN", "CORD_URL", "CORD_ATTEMPT", "CORD_ENGINE"];

/** The daemon's directory is another than that of whoever starts it. */
const pathsOfTheDaemon = ["CORD_DB", "CORD_VAULT"];

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
