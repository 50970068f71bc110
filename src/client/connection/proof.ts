import { tryParseJson } from "../../core/json.ts";
import { dirname, join } from "node:path";
import { examplePort, loopback, urlOf } from "../../core/address.ts";
import { environment } from "../../system/environment.ts";
import { CordError } from "../../core/error.ts";
import { tokenFile } from "../paths.ts";
import { keyPrefix, keyText, nodeOf, nodePrefix, proofText } from "../../core/proof.ts";
import { shellWord } from "../../core/shell-word.ts";
import { plain } from "../../core/text.ts";
import { isSame, randomHex, sealed } from "../../system/secret.ts";
import { version } from "../../core/version.ts";
import { answered } from "./answered.ts";
import { ConnectionLost, type Reply } from "./http-connection.ts";
import { sleep } from "./deadline.ts";
import type { Health } from "../daemon/health.ts";
import { restartAt } from "../daemon/fixes.ts";
import { notice } from "../daemon/notices.ts";
import { lostAt, otherUserAt, strangerAt } from "../daemon/stranger.ts";
import { textOf } from "./transport.ts";

/** A daemon that has proved that it knows the token, and what it is shown from now on. */
export interface Proven {
  health: Health;
  /** the value of the Authorization header, good for this start of the daemon only where the token is a person's */
  authorization: string;
}

/** One question to whoever answers at an address: nothing can be learned from it. */
interface Challenge {
  path: string;
  /** Reads the answer. Throws, in one sentence, what answers there when it is not the daemon that knows the token. */
  verify(reply: Reply): Promise<Proven>;
}

interface Asked {
  /** as a person names it */
  url: string;
  token: string;
  /** the Host of the request; null: what the daemon itself was called by will do, as the way to it is TLS */
  host: string | null;
}

/** How long a daemon may take for a proof: it does nothing else for it. */
const proofMs = 5000;

/**
 * Sends the challenge by `ask`, with a timeout of its own. Throws ConnectionLost if nobody is there, else a CordError
 * that says who is.
 */
export async function prove<T>(
  asked: Asked,
  signal: AbortSignal | undefined,
  ask: (challenge: Challenge, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  try {
    return await answered({ url: asked.url, ms: proofMs, signal, isKnown: false }, (bound) =>
      askUntilTold(asked, bound, ask),
    );
  } catch (error) {
    throw error instanceof ConnectionLost ? (lostAt(asked.url, error) ?? error) : error;
  }
}

/**
 * A daemon that is ending, or was killed, closes connections that it has not read: asking again shows whether it is
 * gone.
 */
async function askUntilTold<T>(
  asked: Asked,
  signal: AbortSignal,
  ask: (challenge: Challenge, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask(challengeTo(asked), signal);
    } catch (error) {
      const isCutOff = error instanceof ConnectionLost && (error.why === "closed" || error.why === "half");
      if (!isCutOff || tries === maxTries) throw error;
      await sleep(retryMs, signal);
    }
  }
}

const maxTries = 5;
const retryMs = 50;

function challengeTo({ url, token, host }: Asked): Challenge {
  const nonce = randomHex(32);
  const isNode = token.startsWith(nodePrefix);
  return {
    path: `healthz?nonce=${nonce}${isNode ? `&for=${encodeURIComponent(nodeOf(token))}` : ""}`,
    async verify(reply) {
      const body = await textOf(reply, maxHealthBytes).catch(unlessTooLarge);
      const health = body === null ? null : healthIn(body);
      if (health === null)
        throw strangerAt(url, { status: reply.status, type: reply.headers.get("content-type") ?? "", body });
      const calledBy = host ?? health.host;
      const expected = sealed(token, proofText(nonce, health.instance, calledBy));
      if (!isSame(health.proof, expected)) throw await unprovenAt(url, health);
      if (!isNode) notice(url, health);
      const key = isNode ? token : `${keyPrefix}${sealed(token, keyText(health.instance, calledBy))}`;
      return { health, authorization: `Bearer ${key}` };
    },
  };
}

const maxHealthBytes = 65_536;

function unlessTooLarge(error: unknown): null {
  if (error instanceof CordError && error.code === "too_large") return null;
  throw error;
}

interface Answered extends Health {
  instance: string;
  proof: string;
  host: string;
}

/** Null: it is no daemon's. */
function healthIn(body: string): Answered | null {
  const said = tryParseJson(body);
  if (typeof said !== "object" || said === null || !("name" in said) || said.name !== "cord") return null;
  const field = (name: string): unknown => Object.entries(said).find(([key]) => key === name)?.[1];
  const text = (name: string) => textIn(field(name)) ?? "";
  const [pid, spoken] = [field("pid"), field("wire")];
  return {
    version: text("version"),
    wire: Number.isInteger(spoken) ? Number(spoken) : 0,
    database: text("database"),
    pid: Number.isInteger(pid) ? Number(pid) : null,
    problem: textIn(field("problem")),
    vault: textIn(field("vault")),
    instance: text("instance"),
    proof: text("proof"),
    host: text("host"),
  };
}

function textIn(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** Whose it is shows from outside, where it is this user's own. */
async function unprovenAt(url: string, answer: Answered): Promise<Unproven> {
  const { seenAt } = await import("../daemon/seen.ts");
  return new Unproven(url, answer, seenAt(url)?.tokenFile ?? null);
}

/** A daemon answers, but does not prove that it knows the token. */
export class Unproven extends CordError {
  /** what it says of itself, for messages only: its texts are shortened, and safe to print */
  readonly health: Health;
  /** it is of the time before daemons could */
  readonly isOlder: boolean;
  /** it is this user's, of another data folder */
  readonly isElsewheres: boolean;

  /** `theirs`: where its token was kept; null: that is not known */
  constructor(url: string, { proof, pid, ...said }: Answered, theirs: string | null) {
    const health = {
      version: shown(said.version),
      wire: said.wire,
      database: shown(said.database),
      pid,
      problem: said.problem === null ? null : plain(said.problem).slice(0, maxProblem),
      vault: said.vault === null ? null : shown(said.vault),
    };
    const isElsewheres = theirs !== null && theirs !== tokenFile();
    super(
      "unauthorized",
      proof === ""
        ? `The cord daemon at ${url} is version ${health.version}, which cannot prove whose it is, and this is ${version}. Replace it: ${restartAt(url)}`
        : `The cord daemon at ${url} (pid ${pid ?? "unknown"}, database ${health.database}) ${why(url, health.problem, isElsewheres ? theirs : null)}`,
    );
    this.health = health;
    this.isOlder = proof === "";
    this.isElsewheres = isElsewheres;
  }
}

const maxProblem = 1000;

function why(url: string, problem: string | null, theirs: string | null): string {
  if (environment.CORD_TOKEN)
    return `has another token than CORD_TOKEN. Unset that, or set it to this daemon's${theirs === null ? "" : ` (in ${theirs})`}; or name another daemon with --url.`;
  const uid = otherUserAt(url);
  if (uid !== null)
    return `is another user's (uid ${uid}). Have one of your own at another port, with --url or CORD_URL, such as ${urlOf(loopback, examplePort)}.`;
  return theirs === null ? anothers(url, problem) : elsewheres(theirs);
}

function anothers(url: string, problem: string | null): string {
  const trouble = problem === null ? "" : ` It says of itself: ${problem}`;
  return `has another token than ${tokenFile()}: that changed since it was started, or the daemon is another data folder's or another user's, or something passes calls on to it from here. If it is yours: ${restartAt(url)} (else use another port with --url).${trouble}`;
}

function elsewheres(theirs: string): string {
  const folder = dirname(dirname(theirs));
  const call =
    theirs === join(folder, "cord", "token")
      ? `To use it, set XDG_DATA_HOME=${shellWord(folder)}`
      : "Use it from there";
  return `is another data folder's: its token is ${theirs}, and this one's is ${tokenFile()}. ${call}; or have one of your own at another port with --url.`;
}

function shown(text: string): string {
  return plain(text).slice(0, 200);
}
