import type { z } from "zod";
import { readParams } from "./checked.ts";

/** How a call is answered: at once, after a wait that may be long, or by a stream. */
export type Way = "once" | "alive" | "stream";

/** What a method was given, as far as its schema knows it, and how it is answered. */
export interface Read {
  params: Record<string, unknown>;
  way: Way;
}

/** Reads what a method is given, and throws the refusal of what does not fit. */
export interface Method {
  read(params: unknown): Read;
}

export type Methods = ReadonlyMap<string, Method>;

/** A method that takes what fits a schema, and passes a check that the schema cannot make. */
export function method<Params extends Record<string, unknown>>(
  schema: z.ZodType<Params>,
  wayOf: Way | ((params: Params) => Way) = "once",
  check: (params: Params) => void = () => {},
): Method {
  return {
    read(given) {
      const params = readParams(schema, given ?? {});
      check(params);
      return { params, way: typeof wayOf === "string" ? wayOf : wayOf(params) };
    },
  };
}
