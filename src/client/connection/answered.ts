import { CordError } from "../../core/error.ts";
import { isStopped } from "../../system/process-identity.ts";
import { within } from "./deadline.ts";
import { restartAt } from "../daemon/fixes.ts";
import { otherPort } from "../daemon/stranger.ts";

/**
 * Does something that the daemon at a URL must answer within a number of milliseconds, or until the signal ends it.
 * Throws `unavailable` when it does not, naming the process if it is known. `isKnown`: the daemon has proved itself.
 */
export async function answered<T>(
  {
    url,
    ms,
    signal,
    isKnown = true,
  }: { url: string; ms: number; signal?: AbortSignal | undefined; isKnown?: boolean },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  try {
    return await within(ms, signal, () => new Silent(url, ms, isKnown), work);
  } catch (error) {
    throw error instanceof Silent ? await explained(error) : error;
  }
}

/** Something listens, and nothing of use comes in time. */
class Silent extends CordError {
  readonly url: string;

  constructor(url: string, ms: number, isKnown: boolean) {
    const seconds = Math.round(ms / 100) / 10;
    super(
      "unavailable",
      isKnown
        ? `The cord daemon at ${url} did not answer within ${seconds} s. Replace it: ${restartAt(url)}`
        : `What listens at ${url} said nothing of use within ${seconds} s. ${otherPort(url)}`,
    );
    this.url = url;
  }
}

/** The same error, or one that names the process if it is this user's daemon and was stopped or hangs. */
async function explained(error: Silent): Promise<CordError> {
  const said = await hangsAt(error.url);
  return said === null ? error : new CordError("unavailable", said);
}

/** What to do about this user's daemon that listens at a URL and does not answer. Null: none is known there. */
export async function hangsAt(url: string): Promise<string | null> {
  const { seenAt } = await import("../daemon/seen.ts");
  const said = seenAt(url);
  if (said === null) return null;
  const who = `The cord daemon (pid ${said.pid}) at ${url}`;
  return isStopped(said.pid)
    ? `${who} is stopped. Let it go on with "kill -CONT ${said.pid}", or replace it: ${restartAt(url)}`
    : `${who} does not answer. Replace it: ${restartAt(url)}`;
}
