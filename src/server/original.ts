import { isJsonObject } from "../core/json.ts";
import { isOfType, schemaOf } from "../core/parameter.ts";
import type { Operation } from "../operations/operation.ts";

/** The parameters of which the board before this one took a value of another type as if it had not been given. */
const tolerated: Readonly<Record<string, readonly string[]>> = {
  "tasks/send": ["kind", "priority"],
  "tasks/list": ["limit", "wait_ms", "kind", "priority", "state"],
  "tasks/claim": ["leaseSeconds"],
  "tasks/extend": ["leaseSeconds"],
  "tasks/complete": ["postAck", "ackPriority"],
};

/** The parameters without what its clients send and it never minded. A text that is only too long is no such thing. */
export function withoutTolerated({ name, input }: Operation, params: unknown): unknown {
  const fields = tolerated[name];
  if (!fields || !isJsonObject(params)) return params;
  const unfit = fields.filter((field) => field in params && !isOfType(schemaOf(input, field), params[field]));
  return unfit.length === 0
    ? params
    : Object.fromEntries(Object.entries(params).filter(([field]) => !unfit.includes(field)));
}
