import { CordError, messageOf } from "../../core/error.ts";
import { shellWord } from "../../core/shell-word.ts";
import { plain } from "../../core/text.ts";
import type { Lost } from "../connection/connection.ts";
import { isStartable } from "../paths.ts";
import type { Health } from "./health.ts";
import { healthOf } from "./look.ts";
import { nobodyAt } from "./stranger.ts";
import { ensureDaemon } from "./start.ts";

/**
 * Where to ask a daemon that was lost: at its old address, whichever daemon is there now; if nobody listens there,
 * the daemon that has its database; else one that is started there with the same database and vault. Throws what is
 * in the way.
 */
export async function findDaemon({ url, health, why }: Lost): Promise<string> {
  if (why !== null) throw why;
  if ((await healthOf(url)) !== null) return url;
  const moved = await movedTo(url, health);
  if (moved !== null) return moved;
  try {
    await ensureDaemon(url, health);
    return url;
  } catch (error) {
    // it may have been about to move
    const later = await movedTo(url, health);
    if (later === null) throw error;
    return later;
  }
}

/**
 * The same for a client that needs the same database: the daemon that has it, at its old or its announced address,
 * whatever is at the old address now; else one that is started there. What is in the way is `unavailable` if it may
 * pass, `failed` if it cannot.
 */
export async function findSameDaemon({ url, health }: Lost): Promise<string> {
  const problem = await problemAt(url, health?.database);
  if (problem !== "nobody") endedAt.delete(url);
  if (problem === null) return url;
  const moved = await movedTo(url, health);
  if (moved !== null) return moved;
  if (problem !== "nobody") throw problem;
  if (health !== null && (await saidOf(url, health)) === null) leaveRoom(url);
  await ensureDaemon(url, health);
  return url;
}

/**
 * The same for what nobody waits for. It starts a daemon only after one that was killed: who ends a daemon wants it gone, and what
 * ended by itself was not needed. Throws `unavailable` where none is there.
 */
export async function findUnlessEnded({ url, health, why }: Lost): Promise<string> {
  if (why !== null) throw why;
  if ((await healthOf(url)) !== null) return url;
  const moved = await movedTo(url, health);
  if (moved !== null) return moved;
  const { isAlive } = await import("../../system/announcement.ts");
  // one that ends in order takes back what it has said
  const said = health && (await saidOf(url, health));
  if (!said || isAlive(said)) throw nobodyAt(url);
  // all that lost it see that at once, and one daemon is enough
  await Bun.sleep((process.pid % startSlots) * startSlotMs);
  if ((await healthOf(url)) === null) await ensureDaemon(url, health);
  return url;
}

const startSlots = 64;
const startSlotMs = 20;

/** The new address of the daemon that has the lost daemon's database, by its own word and proof. Null: none. */
async function movedTo(url: string, health: Health | null): Promise<string | null> {
  const said = health && (await saidOf(url, health));
  if (!said || said.url === url) return null;
  return (await problemAt(said.url, said.database)) === null ? said.url : null;
}

async function saidOf(url: string, { database }: Health) {
  const { announcedOf } = await import("../../system/announcement.ts");
  return isStartable(url) ? announcedOf(database) : null;
}

/**
 * A daemon that was asked to end and has not died may get a successor elsewhere. Throws `unavailable` for that
 * moment.
 */
function leaveRoom(url: string): void {
  const since = endedAt.get(url) ?? performance.now();
  endedAt.set(url, since);
  if (performance.now() - since < roomMs)
    throw new CordError(
      "unavailable",
      `The cord daemon at ${url} was ended. One is started again in a moment.`,
    );
}

const endedAt = new Map<string, number>();
const roomMs = 3000;

/** Why the daemon with a database cannot be asked at a URL. Null: it can. */
async function problemAt(url: string, database: string | undefined): Promise<CordError | "nobody" | null> {
  try {
    const health = await healthOf(url, { timeoutMs: lookMs });
    if (health === null) return "nobody";
    if (database === undefined || health.database === database) return null;
    const other = `The daemon at ${url} has the database ${plain(health.database)} now. This needs the one with ${database}: cord serve --db ${shellWord(database)}`;
    return new CordError("unavailable", other);
  } catch (error) {
    return new CordError("unavailable", messageOf(error), { cause: error });
  }
}

/** One that hangs is looked at again later. */
const lookMs = 3000;
