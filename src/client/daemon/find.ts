import { CordError, messageOf } from "../../core/error.ts";
import { shellWord } from "../../core/shell-word.ts";
import { plain } from "../../core/text.ts";
import { isStartable } from "../paths.ts";
import { healthOf } from "./look.ts";
import { alsoAt, rememberedAt } from "./remembered.ts";
import { ensureDaemon } from "./start.ts";

/**
 * The URL of the daemon that has the database of the one which was remembered at a URL: where that was; else where it
 * says that it listens now; else where it was, started anew. Throws in one sentence what is in the way: `unavailable` when
 * that may pass, `failed` when it cannot.
 */
export async function findDaemon(url: string): Promise<string> {
  const kept = rememberedAt(url);
  const problem = await problemAt(url, kept?.database);
  if (problem !== "nobody") endedAt.delete(url);
  if (problem === null) return url;
  const { announcedOf } = await import("../../system/announcement.ts");
  const said = kept && isStartable(url) ? announcedOf(kept.database) : null;
  if (kept && said && said.url !== url && (await problemAt(said.url, kept.database)) === null) {
    alsoAt(said.url, kept);
    return said.url;
  }
  if (problem !== "nobody") throw problem;
  if (kept && said === null) leaveRoom(url);
  await ensureDaemon(url);
  return url;
}

/** A daemon that was ended, and did not die, may be about to get a successor elsewhere. Throws `unavailable` for a moment. */
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
    const health = await healthOf(url, { withinMs: lookMs });
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
