import { CordError, errors, messageOf } from "../core/error.ts";
import { isExactNumber, isJsonObject } from "../core/json.ts";
import type { Caller } from "../core/tree.ts";
import { findOperation } from "../operations/list.ts";
import type { World } from "../operations/operation.ts";
import { withoutTolerated } from "./original.ts";
import { complain } from "./complaints.ts";
import { beginningOf } from "../core/text.ts";

const batchLimit = 100;

/** What JSON-RPC says to one call. */
export interface Answer {
  jsonrpc: "2.0";
  id: unknown;
  result?: unknown;
  error?: { code: number; message: string; data: { code: string } };
}

/**
 * Answers a JSON-RPC 2.0 body: one call, or a batch. A call without an id, or without the version, is answered too, under
 * the id null: the board before this one did, and scripts read it. Within a batch, which that one did not know, what has
 * no id is a notification by the book. null: nothing to say, a batch held nothing else.
 */
export async function answerRpc(
  world: World,
  caller: Caller,
  body: unknown,
  signal: AbortSignal,
): Promise<Answer | Answer[] | null> {
  if (!Array.isArray(body)) return answerOne(world, caller, body, signal);
  if (body.length === 0) return refuse(null, new CordError("invalid_request", "An empty batch."));
  if (body.length > batchLimit)
    return refuse(null, new CordError("invalid_request", `A batch may hold ${batchLimit} calls.`));
  const answers = await Promise.all(body.map((call) => answerOne(world, caller, call, signal)));
  const said = answers.filter((_, index) => !isNotification(body[index]));
  return said.length === 0 ? null : said;
}

function isNotification(call: unknown): boolean {
  const request = requestOf(call);
  return typeof request !== "string" && request.id === undefined && isJsonObject(call) && "jsonrpc" in call;
}

async function answerOne(world: World, caller: Caller, call: unknown, signal: AbortSignal): Promise<Answer> {
  const request = requestOf(call);
  if (typeof request === "string")
    return refuse(null, new CordError("invalid_request", `Not a JSON-RPC 2.0 request: ${request}.`));
  const { id = null, method, params } = request;
  try {
    const operation = findOperation(method);
    if (!operation) throw new CordError("unknown_method", `There is no method ${beginningOf(method, 64)}.`);
    if (Array.isArray(params))
      throw new CordError("invalid", `${method} takes its parameters by name, in an object.`);
    const result = await operation.perform(world, caller, withoutTolerated(operation, params), signal);
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
  if (process.env["CORD_DEBUG"]) console.error(error);
  else complain(messageOf(error));
  return new CordError(
    "internal",
    "Something went wrong inside cord. Its log says what: cord doctor names the file.",
  );
}

interface Request {
  id: unknown;
  method: string;
  params: unknown;
}

/** A call; or why it is none. null stands for what is left out: clients whose language has no absent fields send it. */
function requestOf(call: unknown): Request | string {
  if (!isJsonObject(call)) return "it must be an object with a method";
  const { jsonrpc, id, method } = call;
  if ((jsonrpc ?? "2.0") !== "2.0") return 'jsonrpc must be "2.0"';
  if (typeof method !== "string") return 'method must be a text, such as "tasks/list"';
  if (!isId(id)) return "id must be a text, a number or null";
  const given = call["params"] ?? undefined;
  const params = Array.isArray(given) && given.length === 0 ? undefined : given;
  if (params !== undefined && typeof params !== "object") return "params must be an object";
  return { id, method, params };
}

function isId(id: unknown): boolean {
  return (
    id === undefined || id === null || typeof id === "string" || typeof id === "number" || isExactNumber(id)
  );
}
