import { CordError } from "../../core/error.ts";
import {
  coerceReturns,
  schemaConflict,
  schemaRefusal,
  type ResultSchema,
  type ReturnType,
} from "../../core/result.ts";
import type { Context } from "../context.ts";

/** What a new node is to return; description: words that were no type, for its prompt. */
interface Returns {
  type: ReturnType;
  description: string | null;
  /** as it is stored */
  schema: string | null;
}

/** Throws `invalid`, with what was called and what is wrong, for a schema that no result could be held against. */
export async function returnsOf(
  { schemas }: Pick<Context, "schemas">,
  what: string,
  input: { returns?: string | undefined; schema?: ResultSchema | undefined },
): Promise<Returns> {
  const { schema } = input;
  const returns = coerceReturns(input.returns);
  if (!schema) return { ...returns, schema: null };
  const type = returns.type === "text" ? "structured" : returns.type;
  const problem = schemaRefusal(schema) ?? schemaConflict(type, schema) ?? (await schemas.problem(schema));
  if (problem) throw new CordError("invalid", `${what}: ${problem}.`);
  return { ...returns, type, schema: JSON.stringify(schema) };
}
