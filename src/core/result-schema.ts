import { Validator } from "@cfworker/json-schema";
import { messageOf } from "./error.ts";
import { misfitOf, type ResultSchema, type ReturnType } from "./result.ts";
import { beginningOf } from "./text.ts";
import { withoutFullStop } from "./wording.ts";

/*
 * Results held against a schema, apart from all else that is known of results: only the thread for it loads the library, and not
 * the daemon when it starts.
 */

/**
 * Why a value does not fit a schema; null when it does. Both are others' words, and a small schema can ask for more steps
 * than there is time: call it only where it can be ended from outside.
 */
export function schemaMisfit(type: ReturnType, schema: ResultSchema, value: unknown): string | null {
  const { valid, errors } = new Validator(schema, "2020-12", false).validate(value);
  if (valid) return null;
  const details = errors
    .filter((error) => error.keyword !== "properties" && error.keyword !== "items")
    .slice(0, 5)
    .map((error) => beginningOf(`${error.instanceLocation}: ${error.error}`, 500));
  return misfitOf(type, `it does not fit the schema. ${withoutFullStop(details.join(" "))}`);
}

/** Why a schema cannot be used; null when it can. As with `schemaMisfit`, only where it can be ended from outside. */
export function schemaProblem(schema: ResultSchema): string | null {
  try {
    new Validator(schema, "2020-12").validate(null);
    return null;
  } catch (error) {
    const why = messageOf(error);
    const missing = /^Unresolved \$ref "([^"]*)"/.exec(why)?.[1];
    const said = missing === undefined ? why : `its $ref ${missing} names nothing in it`;
    return `the schema is not a usable JSON Schema: ${beginningOf(said, 500)}`;
  }
}
