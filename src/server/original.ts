import { isJsonObject } from "../core/json.ts";
import { isOfType, schemaOf } from "../core/parameter.ts";
import type { Operation } from "../operations/operation.ts";

/**
 * The parameters without those that clients of the board before this one send and it ignored. A text that is only too
 * long is not one of them.
 */
export function withoutTolerated({ tolerates, input }: Operation, params: unknown): unknown {
  if (tolerates.length === 0 || !isJsonObject(params)) return params;
  const unfit = tolerates.filter(
    (field) => field in params && !isOfType(schemaOf(input, field), params[field]),
  );
  return unfit.length === 0
    ? params
    : Object.fromEntries(Object.entries(params).filter(([field]) => !unfit.includes(field)));
}
