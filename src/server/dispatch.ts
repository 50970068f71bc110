import { environment } from "../system/environment.ts";
import { CordError, errors, messageOf } from "../core/error.ts";
import { beginningOf } from "../core/text.ts";
import type { PreparedCall } from "../operations/operation.ts";
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

/**
 * Reads a call by what came with its request: how long it may be held open, and what does it. What either throws is the
 * call's error.
 */
export type Method<Context> = (context: Context, call: Call) => PreparedCall;

/** The methods of an endpoint, by name. */
export type Methods<Context> = ReadonlyMap<string, Method<Context>>;

/** As many calls as a batch may hold, at any endpoint. */
export const maxBatch = 100;

/** A body that has been read, whose calls are still to be done. */
export interface Prepared<Answered> {
  /** how long it may be held open at most, in milliseconds; 0: it ends by itself */
  holdsOpenMs: number;
  /** what it waits for meanwhile */
  waitsFor?: PreparedCall["waitsFor"];
  /** Does not reject: what fails is the call's error. */
  answer(signal: AbortSignal): Promise<Answered>;
}

/** Reads a call by the table of its endpoint's methods. */
export function dispatch<Context>(methods: Methods<Context>, context: Context, call: Call): Prepared<Answer> {
  const { id = null, method } = call;
  try {
    const read = methods.get(method);
    if (!read) throw new CordError("unknown_method", `There is no method ${beginningOf(method, 64)}.`);
    const { holdsOpenMs, waitsFor, perform } = read(context, call);
    return { holdsOpenMs, waitsFor, answer: (signal) => answered(id, perform, signal) };
  } catch (error) {
    return refused(id, error);
  }
}

async function answered(id: unknown, perform: PreparedCall["perform"], signal: AbortSignal): Promise<Answer> {
  try {
    return { jsonrpc: "2.0", id, result: (await perform(signal)) ?? null };
  } catch (error) {
    return refuse(id, error);
  }
}

/** What is refused before anything is done. */
export function refused(id: unknown, error: unknown): Prepared<Answer> {
  const answer = refuse(id, error);
  return { holdsOpenMs: 0, answer: () => Promise.resolve(answer) };
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
