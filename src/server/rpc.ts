import { CordError } from "../core/error.ts";
import { isExactNumber, isJsonObject } from "../core/json.ts";
import type { Caller } from "../core/tree.ts";
import { operations } from "../operations/list.ts";
import type { Operation } from "../operations/operation.ts";
import type { Services } from "../operations/context.ts";
import {
  dispatch,
  maxBatch,
  refused,
  type Answer,
  type Call,
  type Method,
  type Methods,
  type Prepared,
} from "./dispatch.ts";
import { isA2aMethod } from "./a2a/methods.ts";
import { withoutTolerated } from "./original.ts";

/** What came with a body of calls. */
interface Context {
  services: Services;
  caller: Caller;
}

/**
 * Reads a JSON-RPC 2.0 body: one call or a batch. A single call without id or version is answered too, with id null:
 * the board before this one did so, and scripts rely on it. In a batch, which that board did not know, a call without
 * id is a notification, as the specification says. Null: there is nothing to answer, because a batch held only
 * notifications.
 */
export function prepareRpc(
  services: Services,
  caller: Caller,
  body: unknown,
): Prepared<Answer | Answer[] | null> {
  const context = { services, caller };
  if (!Array.isArray(body)) return prepareOne(context, body);
  if (body.length === 0) return refused(null, new CordError("invalid_request", "An empty batch."));
  if (body.length > maxBatch)
    return refused(null, new CordError("invalid_request", `A batch may hold ${maxBatch} calls.`));
  const calls = body.map((call) => prepareOne(context, call));
  return {
    holdsOpenMs: Math.max(...calls.map(({ holdsOpenMs }) => holdsOpenMs)),
    async answer(signal) {
      const answers = await Promise.all(calls.map((call) => call.answer(signal)));
      const said = answers.filter((_, index) => !isNotification(body[index]));
      return said.length === 0 ? null : said;
    },
  };
}

function isNotification(call: unknown): boolean {
  const read = callIn(call);
  return typeof read !== "string" && read.id === undefined && isJsonObject(call) && "jsonrpc" in call;
}

function prepareOne(context: Context, given: unknown): Prepared<Answer> {
  const call = callIn(given);
  if (typeof call === "string")
    return refused(null, new CordError("invalid_request", `Not a JSON-RPC 2.0 request: ${call}.`));
  if (isA2aMethod(call.method)) return refused(call.id ?? null, misplaced(call.method));
  return dispatch(methods, context, call);
}

function misplaced(method: string): CordError {
  return new CordError("unknown_method", `${method} is a method of A2A: send it to POST /a2a.`);
}

function methodOf(operation: Operation): Method<Context> {
  return ({ services, caller }, { method, params }) => {
    if (Array.isArray(params))
      throw new CordError("invalid", `${method} takes its parameters by name, in an object.`);
    return operation.prepare(services, caller, withoutTolerated(operation, params));
  };
}

const methods: Methods<Context> = new Map(
  Object.entries(operations).map(([name, operation]) => [name, methodOf(operation)]),
);

/** A call; or why it is none. null stands for what is left out: clients whose language has no absent fields send it. */
function callIn(call: unknown): Call | string {
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
