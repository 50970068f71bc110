import { CordError, messageOf } from "../core/error.ts";
import { createBus, type Bus } from "../core/bus.ts";
import { lockDatabase, type Lock } from "../store/database/lock.ts";
import { openSqlite } from "../store/database/sqlite.ts";
import type { Store } from "../store/store.ts";
import { isAnythingHeld } from "../store/lifecycle/sweep.ts";
import {
  addressOf,
  defaultPort,
  isLoopback,
  loopback,
  nearHost,
  numericHost,
  urlOf,
} from "../core/address.ts";
import { limits } from "../core/limits.ts";
import { pushPrefixes } from "../core/push-target.ts";
import { version } from "../core/version.ts";
import { announcedOf, type Announcement } from "../system/announcement.ts";
import { descriptorLimit, descriptorsUsed } from "../system/descriptors.ts";
import { ownService } from "../system/service.ts";
import { processIdentity } from "../system/process-identity.ts";
import type { DaemonControl } from "../operations/context.ts";
import { pushFor, type Push } from "./a2a/push/control.ts";
import { activityOf, type Activity } from "./activity.ts";
import { admissionFor, type Admission } from "./http/admission.ts";
import { backUp } from "./threads/backup.ts";
import { createApp } from "./app.ts";
import type { Traffic } from "./http/held.ts";
import { complain } from "./complaints.ts";
import type { Auth } from "./http/auth.ts";
import { DaemonClock } from "./clock.ts";
import { factsOf } from "./facts.ts";
import { hostsFor, type Hosts } from "./http/guard.ts";
import type { Service } from "./http/connection.ts";
import { dateWriter } from "./http/head.ts";
import { listenHttp, type Listener } from "./http/listener.ts";
import { Inboxes } from "./inbox/inboxes.ts";
import { keepOutputs } from "./outputs/keep-outputs.ts";
import { proverFor } from "./proof.ts";
import { createSchemaChecks } from "./threads/schema-checks.ts";
import { startSweeps, takeUp } from "./sweeps.ts";
import type { ArchiveSettings } from "./history/history.ts";
import { keepersOf, type Keepers } from "./keepers.ts";
import { DatabaseTaken, cannotListen } from "./taken.ts";
import { servicesOf } from "./services.ts";

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
  /** where the output of runs' agents is; left out: it is not tidied */
  outputs?: string;
  /** the prefixes of the URLs to which push notifications may go */
  pushTo?: readonly string[];
  /** how long the board's history is kept; left out, for ever */
  history?: ArchiveSettings;
  started: Announcement["started"];
}

export interface Daemon {
  url: string;
  /** Resolves when the daemon has been idle for long enough. */
  idle: Promise<void>;
  /** Resolves when a client has asked it to go, to the version of the daemon that takes its place, if one does. */
  told: Promise<string | null>;
  stop(): Promise<void>;
}

/** Starts the daemon. Throws `conflict` if another has the database, naming its address; `failed` if the port is taken. */
export function startDaemon(given: DaemonOptions): Daemon {
  refuseExposure(given);
  const lock = given.database === ":memory:" ? null : takeLock(given.database);
  try {
    const options = { ...given, pushTo: pushToOf(given) };
    const address = { url: "" };
    const restart = () => restartOf(address.url);
    const store = openSqlite(options.database, { clock: () => performance.now(), notice: complain, restart });
    const daemon = listen(options, store);
    address.url = daemon.url;
    lock?.announce(announcementOf(options, daemon.url));
    const taken = Promise.withResolvers<null>();
    const stopTidying = given.outputs === undefined ? null : keepOutputs(store, given.outputs, complain);
    const keeping = lock && keepLock(lock, options.database, store, () => taken.resolve(null));
    const stop = () => {
      clearInterval(keeping ?? undefined);
      stopTidying?.();
      lock?.withdraw();
      return daemon.stop().finally(() => lock?.release());
    };
    return { ...daemon, told: Promise.race([daemon.told, taken.promise]), stop };
  } catch (error) {
    lock?.release();
    throw error;
  }
}

/** The command does the same wherever it is pasted, unless this daemon is at the default address, which CORD_URL may change. */
function restartOf(url: string): string {
  if (url === "") return "cord daemon restart";
  const { hostname, port } = addressOf(url);
  const host = nearHost(hostname);
  return port === defaultPort && host === loopback
    ? "cord daemon restart"
    : `cord daemon restart --url ${urlOf(host, port)}`;
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
/** a call that waits for nothing is answered in some milliseconds; one whose client is slow to send it is cut off */
const drainMs = 1000;

/** A daemon that was killed has told what it may call: one that a command starts in its place goes on with its deliveries. */
function pushToOf({ database, pushTo = [], started }: DaemonOptions): readonly string[] {
  if (pushTo.length > 0 || started === "hand" || database === ":memory:") return pushTo;
  return announcedOf(database)?.pushTo ?? [];
}

function announcementOf(
  { database, vault, pushTo = [], started, ...options }: DaemonOptions,
  url: string,
): Announcement {
  const { pid } = process;
  const { startTime, bootId } = processIdentity(pid) ?? { startTime: "", bootId: "" };
  const tokenFile = options.tokenFile ?? null;
  const service = ownService();
  return {
    service,
    pid,
    startTime,
    bootId,
    url,
    database,
    vault,
    pushTo: [...pushTo],
    started,
    tokenFile,
    version,
  };
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

function takeLock(path: string) {
  const lock = lockDatabase(path);
  if (lock === null) throw new DatabaseTaken(path);
  return lock;
}

function listen(options: DaemonOptions, store: Store): Daemon {
  const hostname = numericHost(options.hostname);
  const bus = createBus();
  store.onCommit((events) => bus.publish(events));
  const schemas = createSchemaChecks();
  const clock = new DaemonClock();
  takeUp(store, clock);
  const addresses: Addresses = { hosts: hostsFor(hostname, options.port), url: "" };
  const prefixes = pushPrefixes(options.pushTo ?? []);
  const push = pushFor({ store, clock, token: options.token, prefixes, complain });
  const activity = activityOf(options.idleExitSeconds, () => isQuiet(store, bus, push));
  const descriptors = { limit: descriptorLimit(), used: descriptorsUsed };
  const admission = admissionFor({ ...descriptors, closeIdle: () => listener?.closeIdle(), complain });
  const keepers = keepersOf(options, store, clock);
  const control = controlOf(options, store, { addresses, activity, admission, keepers });
  const inbox = new Inboxes({ store, clock: () => clock.wall(), complain });
  const seal = options.token;
  const services = servicesOf({
    store,
    bus,
    daemon: control,
    clock,
    schemas,
    push: push.control,
    inbox,
    archive: keepers.archive,
    seal,
  });
  const auth = authOf(options, store, hostname);
  tellTroubles(store, activity);
  let listener: Listener | undefined;
  const app = createApp({
    services,
    auth,
    hosts: () => addresses.hosts,
    database: options.database,
    vault: options.vault,
    problem: () => store.lost()?.message ?? null,
    traffic: trafficOf(activity, admission),
  });
  try {
    listener = listenHttp({ hostname, port: options.port }, serviceOf(app.answer, clock));
  } catch (error) {
    for (const part of [activity, admission, schemas, inbox]) void part.stop();
    throw cannotListen(hostname, options.port, error);
  }
  const { port } = listener;
  addresses.hosts = hostsFor(hostname, port);
  addresses.url = urlOf(hostname, port);
  const stopSweeps = startSweeps(store, clock, services.presence.isOpen.bind(services.presence));
  push.start();
  keepers.start();
  return {
    url: addresses.url,
    idle: activity.idle,
    told: activity.told,
    stop: async () => {
      await listener?.drain(drainMs);
      stopSweeps();
      services.tabs.stop();
      for (const part of [activity, admission, push, listener, schemas]) part?.stop();
      await inbox.stop();
      await keepers.stop();
      await store.close();
    },
  };
}

function authOf({ open, token }: DaemonOptions, store: Store, hostname: string): Auth {
  return { secret: open ? null : token, seal: token, prover: proverFor(token, hostname), store };
}

/** A daemon whose database is lost has nothing left to do. */
function tellTroubles(store: Store, activity: Activity): void {
  store.onTrouble((trouble) => {
    complain(trouble.message);
    if (trouble.code === "database_lost") activity.giveUp();
  });
}

function serviceOf(answer: Service["answer"], clock: DaemonClock): Service {
  const date = dateWriter(() => clock.wall());
  return { answer, maxBodyBytes: limits.bodyBytes, now: () => performance.now(), date };
}

/** Where it listens: known only once it does. */
interface Addresses {
  hosts: Hosts;
  url: string;
}

interface Parts {
  addresses: Addresses;
  activity: Activity;
  admission: Admission;
  keepers: Keepers;
}

function controlOf(
  options: DaemonOptions,
  store: Store,
  { addresses, activity, admission, keepers }: Parts,
): DaemonControl {
  const startedAt = performance.now();
  const { database, vault, started, open, exposed, idleExitSeconds, pushTo = [] } = options;
  const facts = factsOf(database);
  return {
    about: () => ({
      pid: process.pid,
      version,
      url: addresses.url,
      database,
      vault,
      started,
      open,
      exposed,
      push_to: [...pushTo],
      idle_exit_seconds: idleExitSeconds,
      uptime_seconds: Math.round((performance.now() - startedAt) / 1000),
      clients: admission.held(),
      history: keepers.history(),
      ...facts(),
    }),
    backUp: (file, replace, withinMs) => backUp(store, { database, file, replace }, withinMs),
    stop: (successor) => activity.tell(successor),
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

/** No lease is live, no watcher waits, and nothing is to be delivered. */
async function isQuiet(store: Store, bus: Bus, push: Push): Promise<boolean> {
  return bus.watchers() === 0 && !push.isPending() && !(await store.read(isAnythingHeld).catch(() => false));
}
