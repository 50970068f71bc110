import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { examplePort, loopback, urlOf } from "../../core/address.ts";
import { createClient } from "../../client/client.ts";
import { daemonLog, isStartable } from "../../client/paths.ts";
import { healthOf } from "../../client/daemon/look.ts";
import type { Health } from "../../client/daemon/health.ts";
import { restartAt } from "../../client/daemon/fixes.ts";
import { isOlder } from "../../client/daemon/notices.ts";
import { CordError, isDiskTrouble, messageOf } from "../../core/error.ts";
import { randomHex } from "../../system/secret.ts";
import { version } from "../../core/version.ts";
import { databaseFindings } from "./database.ts";
import { historyFindings } from "./history.ts";
import { pushFindings } from "./push.ts";
import { sizeFindings } from "./sizes.ts";
import { findingsOf, shownUrl, type Finding, type Surroundings } from "./finding.ts";

const { ok, none, failed } = findingsOf("reachable");

/** The daemon, and the files it works on. None is started. */
export async function reachable(surroundings: Surroundings, token: string | null): Promise<Finding[]> {
  const { url, env } = surroundings;
  const found = await daemonAt(url, token);
  const isLocal = isStartable(url);
  return [
    daemonFinding(url, found),
    ...(found.health && token !== null ? [await tokenFinding(url, token)] : []),
    ...(found.health && token !== null ? await pushFindings(surroundings, token) : []),
    ...(found.health && token !== null ? await historyFindings(surroundings, token) : []),
    ...(isLocal ? await databaseFindings(found.health) : []),
    ...(found.health ? otherDatabase(found.health, env) : []),
    ...(isLocal ? [logFinding(), ...(await sizeFindings(surroundings, found.health, token))] : []),
  ];
}

interface Found {
  health: Health | null;
  /** why what answers is no daemon of this user's */
  problem: string | null;
}

const answerWithinMs = 1500;

/** Without a token nothing can be proved: one that fits no daemon shows as much. */
async function daemonAt(url: string, token: string | null): Promise<Found> {
  const asked = token ?? randomHex(32);
  try {
    return { health: await healthOf(url, { token: asked, timeoutMs: answerWithinMs }), problem: null };
  } catch (error) {
    return { health: null, problem: messageOf(error) };
  }
}

function daemonFinding(url: string, { health, problem }: Found): Finding {
  const shown = shownUrl(url);
  if (problem !== null)
    return failed(
      "daemon",
      problem,
      `Set CORD_URL to another port, such as ${urlOf(loopback, examplePort)}.`,
    );
  if (health === null) {
    return isStartable(url)
      ? none(
          "daemon",
          `none runs at ${shown}`,
          "Any command that needs one starts it. To keep one running: cord serve",
        )
      : failed(
          "daemon",
          `none answers at ${shown}`,
          'Start one there with "cord serve", or unset CORD_URL to use one on this machine.',
        );
  }
  if (health.version !== version) {
    return failed(
      "daemon",
      `${shown} is cord ${health.version}, and this is ${version}`,
      isOlder(health.version)
        ? `Replace it, with waits, leases and runs going on: ${restartAt(url)}`
        : "Update this cord, or use the one that has started the daemon.",
    );
  }
  return ok("daemon", `${health.version} at ${shown}`);
}

/** A node's token opens less than a person's, but a refusal for that reason shows that it is known. */
async function tokenFinding(url: string, token: string): Promise<Finding> {
  try {
    await createClient({ url, token }).call("daemon/status", {}, AbortSignal.timeout(answerWithinMs));
    return ok("token", "the daemon takes it");
  } catch (error) {
    if (error instanceof CordError && error.code === "not_allowed")
      return ok("token", "the daemon takes it, as that of a run's node");
    if (isDiskTrouble(error)) return ok("token", "the daemon takes it");
    return failed(
      "token",
      `the daemon does not take it: ${messageOf(error)}`,
      "The daemon was started with another data directory or by another user: end it, or set CORD_URL to one of yours.",
    );
  }
}

/** CORD_DB is read when a daemon starts; one that runs already keeps the database it has. */
function otherDatabase({ database }: Health, env: Surroundings["env"]): Finding[] {
  const wanted = env.CORD_DB;
  if (!wanted || resolve(wanted) === database) return [];
  return [
    failed(
      "CORD_DB",
      `names ${resolve(wanted)}, but the daemon that runs has another database`,
      "Set CORD_URL to another port for a daemon of its own, or unset CORD_DB.",
    ),
  ];
}

function logFinding(): Finding {
  const path = daemonLog();
  return existsSync(path) ? ok("log", path) : none("log", `${path}, once a command has started a daemon`);
}
