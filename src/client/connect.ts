import { environment } from "../system/environment.ts";
import { CordError } from "../core/error.ts";
import { createClient, type Client } from "./client.ts";
import { findDaemon } from "./daemon/find.ts";
import { noticeDaemons } from "./daemon/notices.ts";
import { tellOfSilence } from "./daemon/silence.ts";
import { ensureDaemon } from "./daemon/start.ts";
import { daemonUrl } from "./paths.ts";
import { callerToken } from "./token.ts";

/** A client of the daemon at a URL; one that is not there is started, if the URL is of this machine. */
export async function connect(given?: string): Promise<Client> {
  const url = daemonUrl(given);
  noticeDaemons(environment, (line) => process.stderr.write(`${line}\n`));
  return createClient({ url, token: callerToken(), revive: startedAt });
}

/**
 * The same for a command that outlives daemons: it finds its daemon where that listens next, and tells when it has to wait
 * for it.
 */
export async function connectForLong(
  given: string | undefined,
  tell: (line: string) => void,
): Promise<Client> {
  const url = daemonUrl(given);
  noticeDaemons(environment, tell);
  return createClient({ url, token: callerToken(), revive: findDaemon, watch: tellOfSilence(tell) });
}

/** For a client that calls a daemon at one URL, whichever has that: starts one where there is none. */
async function startedAt(url: string, why: unknown): Promise<string> {
  if (why instanceof CordError) throw why;
  await ensureDaemon(url);
  return url;
}
