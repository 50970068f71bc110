import type { z } from "zod";
import { CordError, isErrorCode } from "../core/error.ts";
import { isJsonObject, tryParseJson } from "../core/json.ts";
import { waitMsIn } from "../core/waiting.ts";
import type { OperationName, Operations } from "../operations/list.ts";
import { Connection, type ConnectionOptions } from "./connection/connection.ts";
import { graceMs, timeoutFor, within } from "./connection/deadline.ts";
import type { Reply } from "./connection/http-connection.ts";
import { refusalIn } from "./connection/refusal.ts";
import { textOf, type Call } from "./connection/transport.ts";
import { wireFor } from "./daemon/older-answers.ts";

export type Input<Name extends OperationName> = z.input<Operations[Name]["input"]>;
export type Output<Name extends OperationName> = z.output<Operations[Name]["output"]>;

/** Typed calls to a daemon. */
export interface Client {
  /** where it listens now: one that goes with a database may be found elsewhere later */
  readonly url: string;
  /** what calls and streams go over */
  readonly connection: Connection;
  /**
   * Throws the daemon's refusal as a CordError; `unavailable` when it cannot be reached, or has not answered within
   * 30 s: of a call that waits, within its wait and 5 s.
   */
  call<Name extends OperationName>(
    name: Name,
    input: Input<Name>,
    signal?: AbortSignal,
  ): Promise<Output<Name>>;
}

interface ClientOptions extends ConnectionOptions {
  /** is shown each call that waits for nothing but its answer */
  watch?: (url: string, answer: Promise<unknown>) => void;
}

/** Over HTTP, each change with a request id: a call whose answer was lost is repeated and gets the first answer. */
export function createClient({ watch, ...options }: ClientOptions): Client {
  const connection = new Connection(options);
  return {
    get url() {
      return connection.url;
    },
    connection,
    call<Name extends OperationName>(name: Name, input: Input<Name>, signal?: AbortSignal) {
      const params = { request_id: crypto.randomUUID(), ...input };
      const answer: Promise<Output<Name>> = connection.request({
        call: (leftMs) => callOf(name, waitingFor(params, leftMs)),
        read: async (reply) => (await resultIn(reply, connection.url)) as Output<Name>,
        timeoutMs: timeoutFor(params),
        signal,
      });
      if (waitMsIn(params) === 0) watch?.(connection.url, answer);
      return answer;
    },
  };
}

/**
 * One try of a call that may come to nothing: no daemon is looked for or started for it. Throws as `call` does, and when there
 * is no answer within so many milliseconds.
 */
export function callOnce<Name extends OperationName>(
  connection: Connection,
  name: Name,
  input: Input<Name>,
  timeoutMs: number,
): Promise<Output<Name>> {
  const late = () => new CordError("timeout", `The daemon did not answer within ${timeoutMs} ms.`);
  return within(timeoutMs, undefined, late, async (signal) => {
    const call = callOf(name, { request_id: crypto.randomUUID(), ...input });
    const reply = await connection.send(call, signal);
    return (await resultIn(reply, connection.url)) as Output<Name>;
  });
}

function callOf(method: OperationName, params: object): Call {
  return {
    method: "POST",
    path: "",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    wire: wireFor(method),
  };
}

/**
 * A repeated call waits only for the rest of the first call's wait. It stays a wait to its end: a wait for pending
 * work gives ready tasks only, a plain list would also give blocked ones.
 */
function waitingFor<Params extends object>(params: Params, leftMs: number): Params {
  if (!("wait_ms" in params) || typeof params.wait_ms !== "number" || params.wait_ms <= 0) return params;
  return { ...params, wait_ms: Math.max(1, Math.min(params.wait_ms, Math.floor(leftMs - graceMs))) };
}

/** Refused here, because the daemon's server drops such a body without a word. */
export const tooLarge =
  "This is too large: a call may be 1 MiB. Put what is large into a file and hand in its path.";

/** No answer of a daemon is larger: what is asked for at once fits a machine's memory. */
const maxAnswerBytes = 256 * 1_048_576;

/** The result in a JSON-RPC answer. Throws its error. */
async function resultIn(reply: Reply, url: string): Promise<unknown> {
  if (reply.status === 204) return null;
  if (reply.status === 413) throw new CordError("too_large", tooLarge);
  const answer = tryParseJson(await textOf(reply, maxAnswerBytes));
  if (typeof answer === "object" && answer !== null) {
    if ("result" in answer) return answer.result;
    if ("error" in answer) throw refusalIn(answer, reply.status) ?? errorOf(answer.error);
  }
  throw new CordError(
    reply.status >= 502 && reply.status <= 504 ? "unavailable" : "internal",
    `The daemon at ${url} answered ${reply.status}, and nothing that can be read.`,
  );
}

/** The error of a call, by JSON-RPC. */
function errorOf(error: unknown): CordError {
  if (typeof error !== "object" || error === null || !("message" in error))
    return new CordError("failed", "The daemon refused, without a word.");
  const data = "data" in error && isJsonObject(error.data) ? error.data : {};
  const known = data["code"];
  return new CordError(isErrorCode(known) ? known : "failed", String(error.message), { data });
}
