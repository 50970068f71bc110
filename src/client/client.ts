import type { z } from "zod";
import { CordError, errors, type ErrorCode } from "../core/error.ts";
import { parseJson } from "../core/json.ts";
import type { OperationName, Operations } from "../operations/list.ts";

type Input<Name extends OperationName> = z.input<Operations[Name]["input"]>;
type Output<Name extends OperationName> = z.output<Operations[Name]["output"]>;

/** Typed calls to a daemon. */
export interface Client {
  url: string;
  token: string;
  /** Throws the daemon's refusal as a CordError; `unavailable` when it cannot be reached. */
  call<Name extends OperationName>(
    name: Name,
    input: Input<Name>,
    signal?: AbortSignal,
  ): Promise<Output<Name>>;
}

export interface ClientOptions {
  url: string;
  token: string;
  /** Called when the daemon is not there; resolves once it is again. Without it a call fails at once. */
  revive?: () => Promise<void>;
}

/** Over HTTP, each change with a request id: a call whose answer was lost is repeated and gets the first answer. */
export function createClient({ url, token, revive }: ClientOptions): Client {
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };

  async function send(body: string, signal: AbortSignal | undefined): Promise<unknown> {
    const response = await fetch(url, { method: "POST", headers, body, ...(signal ? { signal } : {}) });
    return read(response, url);
  }

  return {
    url,
    token,
    async call(name, input, signal) {
      const params = { request_id: crypto.randomUUID(), ...input };
      const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: name, params });
      for (let tries = 1; ; tries += 1) {
        try {
          return (await send(body, signal)) as Output<typeof name>;
        } catch (error) {
          if (error instanceof CordError || signal?.aborted) throw error;
          if (!revive || tries > retries) throw unreachable(url, error);
          await revive();
        }
      }
    },
  };
}

const retries = 20;

/** Said here: the daemon's server refuses such a body without reading it, and without a word. */
export const tooLarge =
  "This is too large: a call may be 1 MiB. Put what is large into a file and hand in its path.";

/** The result in a JSON-RPC answer. Throws its error. */
async function read(response: Response, url: string): Promise<unknown> {
  if (response.status === 204) return null;
  if (response.status === 413) throw new CordError("too_large", tooLarge);
  const answer: unknown = parseJson(await response.text());
  if (typeof answer !== "object" || answer === null)
    throw new CordError("unavailable", `${url} is not a cord daemon.`);
  if ("result" in answer) return answer.result;
  if ("error" in answer) throw errorOf(answer.error, response.status);
  throw new CordError("unavailable", `${url} is not a cord daemon.`);
}

function errorOf(error: unknown, status: number): CordError {
  if (typeof error === "string") return new CordError(codeOfStatus(status), error);
  if (typeof error !== "object" || error === null || !("message" in error))
    return new CordError("failed", "The daemon refused, without a word.");
  const data = "data" in error ? error.data : null;
  const code = typeof data === "object" && data !== null && "code" in data ? String(data.code) : "failed";
  return new CordError(isCode(code) ? code : "failed", String(error.message));
}

function codeOfStatus(status: number): ErrorCode {
  if (status === 401) return "unauthorized";
  return status === 413 ? "too_large" : "not_allowed";
}

function isCode(code: string): code is ErrorCode {
  return code in errors;
}

function unreachable(url: string, cause: unknown): CordError {
  return new CordError(
    "unavailable",
    `No cord daemon answers at ${url}. Start one with "cord serve", or name another with --url.`,
    { cause },
  );
}
