import { readFileSync, statSync } from "node:fs";
import { CordError, messageOf } from "../../core/error.ts";
import { isJsonObject, parseJson } from "../../core/json.ts";
import type { ReturnType } from "../../core/result.ts";

/** The form that the result of a new run is to have. */
export interface Returns {
  returns: ReturnType;
  schema?: Record<string, unknown>;
}

/** The flags that say it, and those that leave no choice. */
export interface ReturnFlags {
  returns: ReturnType;
  schema?: string;
  rehearse?: true;
  resume: string | true | null;
}

/** What --returns and --schema say. Throws `usage` for what no run could have. */
export function returnsGiven(
  { returns, schema: file, rehearse, resume }: ReturnFlags,
  given: ReadonlySet<string>,
): Returns {
  if (resume !== null && (given.has("returns") || file !== undefined))
    throw new CordError("usage", "A run keeps the form of its result. Leave --returns and --schema out.");
  if (rehearse && (file !== undefined || returns === "file"))
    throw new CordError(
      "usage",
      "A rehearsal writes no file, and nothing that fits a schema. Leave --schema out, or give --returns another type.",
    );
  if (file === undefined) return { returns };
  if (given.has("returns") && returns !== "list" && returns !== "structured")
    throw new CordError(
      "usage",
      `A schema is for --returns list or structured, not ${returns}. Leave one of the two out.`,
    );
  return { returns: given.has("returns") ? returns : "structured", schema: schemaIn(file) };
}

/** The daemon takes 20,000 characters, and says what is wrong with a schema itself. */
const maxSchemaBytes = 1_000_000;

function schemaIn(file: string): Record<string, unknown> {
  let schema: unknown;
  try {
    if (statSync(file).size > maxSchemaBytes) throw new Error("it is too large");
    schema = parseJson(readFileSync(file, "utf8"));
  } catch (error) {
    throw new CordError("usage", `The schema ${file} cannot be read: ${messageOf(error)}.`, { cause: error });
  }
  if (isJsonObject(schema)) return schema;
  throw new CordError("usage", `The schema ${file} must be a JSON object, such as {"type": "array"}.`);
}
