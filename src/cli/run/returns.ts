import { closeSync, openSync, readSync } from "node:fs";
import { CordError, messageOf } from "../../core/error.ts";
import { isJsonObject, parseJson } from "../../core/json.ts";
import type { ReturnType } from "../../core/result.ts";
import { readSmall } from "../../system/small-file.ts";

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
export function returnsGiven(flags: ReturnFlags, given: ReadonlySet<string>): Returns {
  const { returns, schema: file, rehearse, resume } = rehearsable(flags, given);
  if (resume !== null && (given.has("returns") || file !== undefined))
    throw new CordError("usage", "A run keeps the form of its result. Leave --returns and --schema out.");
  if (rehearse && (file !== undefined || returns === "file"))
    throw new CordError(
      "usage",
      "A rehearsal writes no file, and nothing that fits a schema. Leave --schema out, or give --returns another type.",
    );
  if (file === undefined) return { returns };
  const isSaid = given.has("returns") || returns !== "text";
  if (isSaid && returns !== "list" && returns !== "structured")
    throw new CordError(
      "usage",
      `A schema is for --returns list or structured, not ${returns}. Leave one of the two out.`,
    );
  const schema = schemaIn(file, given.has("schema"));
  return { returns: isSaid ? returns : "structured", schema };
}

/** What config.toml says of a result, and a rehearsal cannot do, holds for runs that agents work on. */
function rehearsable(flags: ReturnFlags, given: ReadonlySet<string>): ReturnFlags {
  if (flags.rehearse !== true) return flags;
  const { schema, returns, ...others } = flags;
  return {
    ...others,
    returns: returns === "file" && !given.has("returns") ? "text" : returns,
    ...(schema !== undefined && given.has("schema") ? { schema } : {}),
  };
}

/** The daemon takes 20,000 characters, and says what is wrong with a schema itself. */
const maxSchemaBytes = 1_000_000;

/** Of a person's own flag a pipe may come too, as of a shell's `<(…)`; what a project's config names is a plain file. */
function schemaIn(file: string, isFlag: boolean): Record<string, unknown> {
  let schema: unknown;
  try {
    const text = isFlag ? bounded(file) : readSmall(file, maxSchemaBytes);
    if (text === null) throw new Error("it is no plain file of at most a megabyte");
    schema = parseJson(text);
  } catch (error) {
    throw new CordError("usage", `The schema ${file} cannot be read: ${messageOf(error)}.`, { cause: error });
  }
  if (isJsonObject(schema)) return schema;
  throw new CordError("usage", `The schema ${file} must be a JSON object, such as {"type": "array"}.`);
}

/** Its size says nothing: of a pipe or a device it is 0. */
function bounded(file: string): string {
  const bytes = Buffer.alloc(maxSchemaBytes + 1);
  const from = openSync(file, "r");
  try {
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read)
      read = readSync(from, bytes, length, bytes.length - length, null);
    if (length > maxSchemaBytes) throw new Error("it is too large");
    return bytes.toString("utf8", 0, length);
  } finally {
    closeSync(from);
  }
}
