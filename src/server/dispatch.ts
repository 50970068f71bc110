import { environment } from "../system/environment.ts";
import { CordError, errors, messageOf } from "../core/error.ts";
import { beginningOf } from "../core/text.ts";
import { complain } from "./complaints.ts";

/** A JSON-RPC 2.0 call, as the endpoint has read it that it came to. */
export interface Call {
  id: unknown;
  method: string;
  params: unknown;
}

/** What JSON-RPC says to one call. */
export interface Answer {
  jsonrpc: "2.0";
  id: unknown;
  result?: unknown;
  error?: { code: number; message: string; data: { code: string } };
}

/** Answers a call by what came with its request. What it throws is the call's error. */
export type Method<Context> = (context: Context, call: Call) => Promise<unknown>;

/** The methods of an endpoint, by name. */
export type Methods<Context> = ReadonlyMap<string, Method<Context>>;

/** As many calls as a batch may hold, at any endpoint. */
export const maxBatch = 100;

/** Answers a call by the table of its endpoint's methods. Does not reject: what fails is the answer's error. */
export async function dispatch<Context>(
  methods: Methods<Context>,
  context: Context,
  call: Call,
): Promise<Answer> {
  const { id = null, method } = call;
  try {
    const perform = methods.get(method);
    if (!perform) throw new CordError("unknown_method", `There is no method ${beginningOf(method, 64)}.`);
    const result = await perform(context, call);
    return { jsonrpc: "2.0", id, result: result ?? null };
  } catch (error) {
    return refuse(id, error);
  }
}

/** Any error as JSON-RPC. What is no CordError is a defect: the caller learns only that there was one. */
export function refuse(id: unknown, error: unknown): Answer {
  const known = error instanceof CordError ? error : unexpected(error);
  return {
    jsonrpc: "2.0",
    id,
    error: {
      code: errors[known.code].rpc,
      message: known.message,
      data: { ...known.data, code: known.code },
    },
  };
}

export function unexpected(error: unknown): CordError {
  if (environment.CORD_DEBUG) console.error(error);
  else complain(messageOf(error));
  return new CordError(
    "internal",
    "Something went wrong inside cord. Its log says what: cord doctor names the file.",
  );
}
