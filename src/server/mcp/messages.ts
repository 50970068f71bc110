import { isExactNumber, isJsonObject, jsonIn } from "../../core/json.ts";
import type { Call } from "../dispatch.ts";
import { maxArguments } from "./arguments.ts";
import { JsonRpcMessage } from "./protocol.ts";

/** A message of a client: a call, a notification, or its answer to a call that nobody here made. */
export type Message =
  | { kind: "call"; call: Call }
  | { kind: "notification"; method: string; params: unknown }
  | { kind: "answer" };

/**
 * The message that a part of a body is; null: it is none. An id may be any text and any number, as the client wrote it: the SDK
 * knows only whole numbers that JavaScript has.
 */
export function messageIn(part: unknown): Message | null {
  if (!isJsonObject(part)) return null;
  const { id } = part;
  const hasId = typeof id === "string" || typeof id === "number" || isExactNumber(id);
  const read = JsonRpcMessage.safeParse(spelledOut(hasId ? { ...part, id: 0 } : part)).data;
  if (!read) return null;
  if (!("method" in read)) return { kind: "answer" };
  const { method, params } = read;
  return "id" in read
    ? { kind: "call", call: { id, method, params } }
    : { kind: "notification", method, params };
}

/** Clients say that there is nothing in several ways, and some write the arguments as text. Of `_meta` nothing is read here. */
function spelledOut({ params, ...message }: Record<string, unknown>): Record<string, unknown> {
  const call = { jsonrpc: "2.0", ...message };
  if (isNothing(params)) return call;
  if (!isJsonObject(params)) return { ...call, params };
  const { _meta, ...others } = params;
  return { ...call, params: withoutNothing(others) };
}

/** Parameters without what is not said, and with their arguments as an object. */
export function withoutNothing({
  arguments: written,
  ...others
}: Record<string, unknown>): Record<string, unknown> {
  const given = typeof written === "string" && written !== "" ? (jsonIn(written) ?? written) : written;
  const said = Object.entries({ ...others, arguments: few(given) }).filter(([, value]) => !isNothing(value));
  return Object.fromEntries(said);
}

/** Of more arguments than anything takes so many that it is refused for them: to check them all takes long. */
function few(given: unknown): unknown {
  if (!isJsonObject(given)) return given;
  const names = Object.keys(given);
  if (names.length <= maxArguments) return given;
  return Object.fromEntries(names.slice(0, maxArguments + 1).map((name) => [name, given[name]]));
}

/** An empty list is how PHP writes an empty object. */
function isNothing(value: unknown): boolean {
  return (
    value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0)
  );
}
