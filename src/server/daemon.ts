import { stat } from "node:fs/promises";
import { isAbsolute, resolve } from "node:path";
import { CordError, messageOf } from "../core/error.ts";
import { createBus, type Bus } from "../core/bus.ts";
import { lockDatabase, type Lock } from "../store/database/lock.ts";
import { openSqlite } from "../store/database/sqlite.ts";
import type { Store } from "../store/store.ts";
import { anyClaimed } from "../store/lifecycle/sweep.ts";
import { findTask } from "../store/tables/ids.ts";
import { toTask } from "../store/tables/tasks.ts";
import type { Event } from "../core/event.ts";
import { defaultPort, isLoopback, loopback, nearHost, numericHost, urlOf } from "../core/address.ts";
import { type Task } from "../core/task.ts";
import { limits } from "../core/limits.ts";
import { shellWord } from "../core/shell-word.ts";
import { systemCode } from "../core/system-code.ts";
import { plain } from "../core/text.ts";
import { version } from "../core/version.ts";
import { announcedOf, besideDatabase, isAlive, type Announcement } from "../system/announcement.ts";
import { descriptorLimit, descriptorsUsed } from "../system/descriptors.ts";
import { processIdentity } from "../system/process-identity.ts";
import { argvOf, listenerAt, lockHolderOf, programOf } from "../system/listener.ts";
import type { SchemaChecks, DaemonControl, Services } from "../operations/context.ts";
import { activityOf, type Activity } from "./activity.ts";
import { admissionFor, type Admission } from "./http/admission.ts";
import { backUp } from "./threads/backup.ts";
import { createApp } from "./app.ts";
import type { Traffic } from "./http/held.ts";
import { complain } from "./complaints.ts";
import type { Auth } from "./http/auth.ts";
import { nodeToken } from "./node-token.ts";
import { DaemonClock } from "./clock.ts";
import { hostsFor, type Hosts } from "./http/guard.ts";
import type { Service } from "./http/connection.ts";
import { dateWriter } from "./http/head.ts";
import { listenHttp, type Listener } from "./http/listener.ts";
import { proverFor } from "./proof.ts";
import { createSchemaChecks } from "./threads/schema-checks.ts";
import { startSweeps, takeUp } from "./sweeps.ts";
import { startVault } from "./vault.ts";

export interface DaemonOptions {
  hostname: string;
  /** 0 takes a free one */
  port: number;
  database: string;
  token: string;
  /** where the token is kept, for the announcement */
  tokenFile?: string;
  /** no token is asked for; loopback only */
  open: boolean;
  /** beyond loopback, knowingly */
  exposed: boolean;
  /** null: it stays until it is told to go */
  idleExitSeconds: number | null;
  /** the folder of the notes that are drawn from the events; null for none */
  vault: string | null;
  started: Announcement["started"];
}

export interface Daemon {
  url: string;
  /** Resolves when the daemon has been idle for long enough. */
  idle: Promise<void>;
  /** Resolves when a client has asked it to go. */
  told: Promise<void>;
  stop(): Promise<void>;
}

/** Starts the daemon. Throws `conflict` if another has the database, naming its address; `failed` if the port is taken. */
export function startDaemon(options: DaemonOptions): Daemon {
  refuseExposure(options);
  const lock = options.database === ":memory:" ? null : takeLock(options.database);
  try {
    const place = { url: "" };
    const restart = () => restartOf(place.url);
    const store = openSqlite(options.database, { clock: () => performance.now(), notice: complain, restart });
    const daemon = listen(options, store);
    place.url = daemon.url;
    lock?.announce(announcementOf(options, daemon.url));
    const taken = Promise.withResolvers<void>();
    const keeping = lock && keepLock(lock, options.database, store, taken.resolve);
    const stop = () => {
      clearInterval(keeping ?? undefined);
      lock?.withdraw();
      return daemon.stop().finally(() => lock?.release());
    };
    return { ...daemon, told: Promise.race([daemon.told, taken.promise]), stop };
  } catch (error) {
    lock?.release();
    throw error;
  }
}

/** The command does the same wherever it is pasted, unless this daemon is at the usual address, which CORD_URL may change. */
function restartOf(url: string): string {
  if (url === "") return "cord daemon restart";
  const { hostname, port } = new URL(url);
  const host = nearHost(hostname.replace(/^\[(.*)\]$/, "$1"));
  return Number(port) === defaultPort && host === loopback
    ? "cord daemon restart"
    : `cord daemon restart --url ${urlOf(host, Number(port) || 80)}`;
}

/** Once a second. Where another daemon has the database by now, this one ends. */
function keepLock(lock: Lock, database: string, store: Store, end: () => void): NodeJS.Timeout {
  return setInterval(() => {
    try {
      if (store.lost() !== null || lock.renew()) return;
      complain(`another daemon has taken the database ${database}, whose lock was removed: this one ends.`);
      end();
    } catch (error) {
      complain(messageOf(error));
    }
  }, keepEveryMs).unref();
}

const keepEveryMs = 1000;

function announcementOf({ database, vault, started, ...options }: DaemonOptions, url: string): Announcement {
  const { pid } = process;
  const { startTime, bootId } = processIdentity(pid) ?? { startTime: "", bootId: "" };
  const tokenFile = options.tokenFile ?? null;
  return { pid, startTime, bootId, url, database, vault, started, tokenFile, version };
}

function refuseExposure({ hostname, open, exposed }: DaemonOptions): void {
  if (isLoopback(hostname)) return;
  if (open)
    throw new CordError(
      "usage",
      "--open is for loopback only: with it, whoever reaches the daemon rules it.",
    );
  if (!exposed)
    throw new CordError(
      "usage",
      `${hostname} can be reached from other machines. If that is what you want, add --expose; a token is asked for in any case.`,
    );
}

/** Another daemon has the database. */
export class DatabaseTaken extends CordError {
  /** who says that it has it; null: it has not said so yet, or is going */
  readonly holder: Announcement | null;

  constructor(database: string) {
    const said = announcedOf(database);
    const holder = said !== null && isAlive(said) ? said : null;
    super(
      "conflict",
      holder === null
        ? silentlyTaken(database)
        : `Another daemon (pid ${holder.pid}) at ${holder.url} has the database ${database}. Use that one (--url), or choose another database with --db FILE.`,
    );
    this.holder = holder;
  }
}

/** Its holder starts, ends, or was stopped in between; or it is no daemon at all. */
function silentlyTaken(database: string): string {
  const pid = lockHolderOf(besideDatabase(database, "lock"));
  if (pid === null)
    return `Another process has the database ${database} locked, and does not say where it listens. Wait for it, or choose another database with --db FILE.`;
  const fix = argvOf(pid).includes("serve") ? `cord daemon stop --db ${shellWord(database)}` : `kill ${pid}`;
  return `${plain(programOf(pid))} (pid ${pid}) has the database ${database} locked, and does not say where it listens: it is starting, or ending, or was stopped. If it stays so, end it: ${fix}`;
}

function takeLock(path: string) {
  const lock = lockDatabase(path);
  if (lock === null) throw new DatabaseTaken(path);
  return lock;
}

/** Another program, or another daemon, listens where this one was to. */
export class AddressTaken extends CordError {
  readonly hostname: string;
  readonly port: number;

  constructor(hostname: string, port: number, cause: unknown) {
    const listener = listenerAt(hostname, port);
    const who = listener === null ? "another program" : `${plain(listener.name)} (pid ${listener.pid})`;
    super(
      "conflict",
      `${who} listens on ${hostname}:${port} already. End it, or choose another port here with --addr HOST:PORT, and the same for the commands with --url.`,
      { cause },
    );
    this.hostname = hostname;
    this.port = port;
  }
}

function cannotListen(hostname: string, port: number, cause: unknown): CordError {
  if (isTaken(cause)) return new AddressTaken(hostname, port, cause);
  return new CordError(
    "failed",
    `cord serve cannot listen on ${hostname}:${port}: ${messageOf(cause)}. Choose another with --addr HOST:PORT.`,
    { cause },
  );
}

function isTaken(error: unknown): boolean {
  return systemCode(error) === "EADDRINUSE";
}

function listen(options: DaemonOptions, store: Store): Daemon {
  const hostname = numericHost(options.hostname);
  const bus = createBus();
  store.onCommit((events) => bus.publish(events));
  const schemas = createSchemaChecks();
  const clock = new DaemonClock();
  takeUp(store, clock);
  const place: Place = { hosts: hostsFor(hostname, options.port), url: "" };
  const activity = activityOf(options.idleExitSeconds, () => isQuiet(store, bus));
  const admission = admissionFor({
    limit: descriptorLimit(),
    used: descriptorsUsed,
    closeIdle: () => listener?.closeIdle(),
    complain,
  });
  const control = controlOf(options, store, place, activity, admission);
  const services = servicesOf(store, bus, control, clock, options.token, schemas);
  const auth: Auth = {
    secret: options.open ? null : options.token,
    seal: options.token,
    prover: proverFor(options.token, hostname),
    store,
  };
  store.onTrouble((trouble) => {
    complain(trouble.message);
    if (trouble.code === "database_lost") activity.giveUp();
  });
  let listener: Listener | undefined;
  const app = createApp({
    services,
    auth,
    hosts: () => place.hosts,
    database: options.database,
    vault: options.vault,
    problem: () => store.lost()?.message ?? null,
    traffic: trafficOf(activity, admission),
  });
  try {
    listener = listenHttp({ hostname, port: options.port }, serviceOf(app.answer, clock));
  } catch (error) {
    activity.stop();
    admission.stop();
    schemas.stop();
    throw cannotListen(hostname, options.port, error);
  }
  const { port } = listener;
  place.hosts = hostsFor(hostname, port);
  place.url = urlOf(hostname, port);
  const stopSweeps = startSweeps(store, clock);
  const vault = options.vault === null ? null : startVault(store, options.vault, complain);
  return {
    url: place.url,
    idle: activity.idle,
    told: activity.told,
    stop: async () => {
      activity.stop();
      admission.stop();
      stopSweeps();
      listener.stop();
      schemas.stop();
      await vault?.stop();
      await store.close();
    },
  };
}

function serviceOf(answer: Service["answer"], clock: DaemonClock): Service {
  const date = dateWriter(() => clock.wall());
  return { answer, maxBodyBytes: limits.bodyBytes, now: () => performance.now(), date };
}

/** Where it listens: known only once it does. */
interface Place {
  hosts: Hosts;
  url: string;
}

function controlOf(
  options: DaemonOptions,
  store: Store,
  place: Place,
  activity: Activity,
  admission: Admission,
): DaemonControl {
  const startedAt = performance.now();
  const { database, vault, started, open, exposed, idleExitSeconds } = options;
  return {
    about: () => ({
      pid: process.pid,
      version,
      url: place.url,
      database,
      vault,
      started,
      open,
      exposed,
      idle_exit_seconds: idleExitSeconds,
      uptime_seconds: Math.round((performance.now() - startedAt) / 1000),
      clients: admission.held(),
    }),
    backUp: (file, replace, withinMs) => backUp(store, { database, file, replace }, withinMs),
    stop: () => activity.tell(),
  };
}

function trafficOf(activity: Activity, admission: Admission): Traffic {
  return {
    begin: activity.begin,
    hold: () => {
      const [release, end] = [admission.hold(), activity.begin()];
      return () => {
        release();
        end();
      };
    },
  };
}

function servicesOf(
  store: Store,
  bus: Bus,
  daemon: DaemonControl,
  clock: DaemonClock,
  seal: string,
  schemas: SchemaChecks,
): Services {
  return {
    store,
    bus,
    daemon,
    clock: () => clock.wall(),
    monotonic: () => clock.monotonic(),
    newId: () => Bun.randomUUIDv7(),
    nodeToken: (taskId, epoch) => nodeToken(seal, taskId, epoch),
    fileExists: (path, folder) => exists(isAbsolute(path) ? path : resolve(folder ?? ".", path)),
    schemas,
    taskOf: oncePerEvent((event) => store.read(async (tx) => rowOf(await findTask(tx, event.task_id ?? "")))),
  };
}

/** A path of an agent's may lie on a file system that never answers: then the file is not there. */
function exists(path: string): Promise<boolean> {
  const never = new Promise<boolean>((answer) => setTimeout(answer, existsWithinMs, false).unref());
  return Promise.race([
    stat(path).then(
      () => true,
      () => false,
    ),
    never,
  ]);
}

const existsWithinMs = 5000;

function rowOf(row: Parameters<typeof toTask>[0] | null): Task | null {
  return row && toTask(row);
}

/** A thousand waiters of one event share one look at its task. */
function oncePerEvent(look: (event: Event) => Promise<Task | null>): (event: Event) => Promise<Task | null> {
  let latest: { seq: number; task: Promise<Task | null> } | null = null;
  return (event) => {
    if (latest?.seq !== event.seq) latest = { seq: event.seq, task: look(event) };
    return latest.task;
  };
}

/** No lease is live and no watcher waits. */
async function isQuiet(store: Store, bus: Bus): Promise<boolean> {
  return bus.watchers() === 0 && !(await store.read(anyClaimed).catch(() => false));
}
