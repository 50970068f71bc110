import { nodePrefix } from "../core/proof.ts";
import { environment } from "../system/environment.ts";
import { createClient, type Client } from "./client.ts";
import { Connection, type Lost } from "./connection/connection.ts";
import { findDaemon, findSameDaemon, findUnlessEnded } from "./daemon/find.ts";
import type { Health } from "./daemon/health.ts";
import { noticeDaemons } from "./daemon/notices.ts";
import { tellOfSilence } from "./daemon/silence.ts";
import { daemonUrl } from "./paths.ts";
import { callerToken } from "./token.ts";

/** A client of the daemon at a URL; one that is not there is started, if the URL is of this machine. */
export async function connect(given?: string): Promise<Client> {
  return createClient(optionsFor(given, toPerson));
}

/** The same, for what is no call. */
export function connectionTo(given?: string): Connection {
  return new Connection(optionsFor(given, toPerson));
}

/** The same for what nobody waits for: it starts a daemon only after one that was killed, and replaces none. */
export function unaskedConnectionTo(given?: string): Connection {
  return new Connection({ ...optionsFor(given, toPerson), find: findUnlessEnded, renew: undefined });
}

/**
 * A client for a command that is bound to its daemon's database, as a run is: it uses no other database, and says
 * when it has to wait for the daemon.
 */
export async function connectForLong(
  given: string | undefined,
  tell: (line: string) => void,
): Promise<Client> {
  let first: Health | null = null;
  const find = (lost: Lost) => {
    first ??= lost.health;
    return findSameDaemon({ ...lost, health: first });
  };
  return createClient({ ...optionsFor(given, tell), find, watch: tellOfSilence(tell) });
}

function optionsFor(given: string | undefined, tell: (line: string) => void) {
  const url = daemonUrl(given);
  noticeDaemons(environment, tell);
  const token = callerToken();
  // the daemon is a person's, and nothing that an agent of a run has to know of
  const renew = token.startsWith(nodePrefix) ? undefined : renewing(tell);
  return { url, token, find: findDaemon, renew };
}

/** Nearly no program ever meets an older daemon. */
function renewing(tell: (line: string) => void) {
  return async (url: string, health: Health) => {
    const { renewDaemon } = await import("./daemon/renewal.ts");
    await renewDaemon(url, health, tell);
  };
}

function toPerson(line: string): void {
  process.stderr.write(`${line}\n`);
}
