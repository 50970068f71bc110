import type { z } from "zod";
import { CordError, errors, type ErrorCode } from "../core/error.ts";
import { isJsonObject, parseJson } from "../core/json.ts";
import { waitMsIn } from "../core/waiting.ts";
import type { OperationName, Operations } from "../operations/list.ts";
import { answered } from "./connection/answered.ts";
import type { Reply } from "./connection/http-connection.ts";
import { graceMs, orAborted, patienceFor } from "./connection/deadline.ts";
import { wireFor } from "./daemon/older-answers.ts";
import { reach } from "./connection/reach.ts";
import { nobodyAt } from "./daemon/stranger.ts";
import { textOf, type Transport } from "./connection/transport.ts";

export type Input<Name extends OperationName> = z.input<Operations[Name]["input"]>;
export type Output<Name extends OperationName> = z.output<Operations[Name]["output"]>;

/** Typed calls to a daemon. */
export interface Client {
  /** where it listens now: one that goes with a database may be found elsewhere later */
  readonly url: string;
  readonly transport: Transport;
  /**
   * Throws the daemon's refusal as a CordError; `unavailable` when it cannot be reached, or has not answered within
   * 30 s: of a call that waits, within its wait and 5 s.
   */
  call<Name extends OperationName>(
    name: Name,
    input: Input<Name>,
    signal?: AbortSignal,
  ): Promise<Output<Name>>;
  /** Resolves once the daemon can be asked again, wherever it listens now. Throws what is in the way. */
  find(): Promise<void>;
}

export interface ClientOptions {
  url: string;
  token: string;
  /**
   * Called with the daemon's URL and what came of a call when it was not there; resolves, once it is again, with the URL
   * at which it is, or throws what is in the way. Without it a call fails at once.
   */
  revive?: (url: string, why: unknown) => Promise<string>;
  /** is shown each call that waits for nothing but its answer */
  watch?: (url: string, answer: Promise<unknown>) => void;
}

/** Over HTTP, each change with a request id: a call whose answer was lost is repeated and gets the first answer. */
export function createClient({ url, token, revive, watch }: ClientOptions): Client {
  let here = reach(url, token);

  async function find(why: unknown): Promise<void> {
    if (!revive) throw why instanceof CordError ? why : nobodyAt(here.url, why);
    here = reach(await revive(here.url, why), token);
  }

  async function send(name: OperationName, body: string, signal: AbortSignal): Promise<unknown> {
    const headers = { "content-type": "application/json" };
    const asked = { method: "POST", path: "", headers, body, wire: wireFor(name) } as const;
    const reply = await here.send(asked, signal).catch(notReached);
    return read(reply, here.url);
  }

  const client: Client = {
    get url() {
      return here.url;
    },
    get transport() {
      return here;
    },
    find: () => find(null),
    call(name, input, signal) {
      const params = { request_id: crypto.randomUUID(), ...input };
      const [began, patience] = [performance.now(), patienceFor(params)];
      const answer = answered({ url: here.url, ms: patience, signal }, async (bound) => {
        for (let tries = 1; ; tries += 1) {
          const left = patience - (performance.now() - began);
          const body = JSON.stringify({
            jsonrpc: "2.0",
            id: 1,
            method: name,
            params: waitingFor(params, left),
          });
          try {
            return (await send(name, body, bound)) as Output<typeof name>;
          } catch (error) {
            const why = error instanceof NotReached ? error.cause : error;
            if (error instanceof CordError || bound.aborted) throw why;
            if (tries > retries) throw why instanceof CordError ? why : nobodyAt(here.url, why);
            await orAborted(find(why), bound);
          }
        }
      });
      if (waitMsIn(params) === 0) watch?.(here.url, answer);
      return answer;
    },
  };
  return client;
}

/** What stands at the daemon's address refuses: no answer of the daemon's own. */
class NotReached extends Error {}

function notReached(cause: unknown): never {
  throw cause instanceof CordError ? new NotReached(cause.message, { cause }) : cause;
}

const retries = 20;

/**
 * A call that is made again waits only as long as the first one still would. One that waits stays one to its end: a wait
 * for pending work is given what is ready, and a list, which is what it would be without a wait, what is blocked too.
 */
function waitingFor<Params extends object>(params: Params, leftMs: number): Params {
  if (!("wait_ms" in params) || typeof params.wait_ms !== "number" || params.wait_ms <= 0) return params;
  return { ...params, wait_ms: Math.max(1, Math.min(params.wait_ms, Math.floor(leftMs - graceMs))) };
}

/** Said here: the daemon's server refuses such a body without reading it, and without a word. */
export const tooLarge =
  "This is too large: a call may be 1 MiB. Put what is large into a file and hand in its path.";

/** No answer of a daemon is larger: what is asked for at once fits a machine's memory. */
const mostAnswerBytes = 256 * 1_048_576;

/** The result in a JSON-RPC answer. Throws its error. */
async function read(reply: Reply, url: string): Promise<unknown> {
  if (reply.status === 204) return null;
  if (reply.status === 413) throw new CordError("too_large", tooLarge);
  const answer = parsed(await textOf(reply, mostAnswerBytes));
  if (typeof answer === "object" && answer !== null) {
    if ("result" in answer) return answer.result;
    if ("error" in answer) throw errorOf(answer.error, reply.status);
  }
  throw new CordError(
    "internal",
    `The daemon at ${url} answered ${reply.status}, and nothing that can be read.`,
  );
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

function errorOf(error: unknown, status: number): CordError {
  if (typeof error === "string") return new CordError(codeOfStatus(status), error);
  if (typeof error !== "object" || error === null || !("message" in error))
    return new CordError("failed", "The daemon refused, without a word.");
  const data = "data" in error && isJsonObject(error.data) ? error.data : {};
  const code = String(data["code"]);
  return new CordError(isCode(code) ? code : "failed", String(error.message), { data });
}

function codeOfStatus(status: number): ErrorCode {
  if (status === 401) return "unauthorized";
  if (status === 503) return "busy";
  return status === 413 ? "too_large" : "not_allowed";
}

function isCode(code: string): code is ErrorCode {
  return Object.hasOwn(errors, code);
}
