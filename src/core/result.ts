import { Validator } from "@cfworker/json-schema";
import { z } from "zod";

/** What a node may be asked to return. */
export const ReturnType = z.enum(["text", "boolean", "list", "structured", "file", "approval"]);
export type ReturnType = z.infer<typeof ReturnType>;

/** A JSON Schema for a structured result. Written by an agent: it is only ever interpreted, never compiled. */
export const ResultSchema = z.record(z.string(), z.unknown());
export type ResultSchema = z.infer<typeof ResultSchema>;

/** A result that fits, in the form it is kept; or what is wrong, in words the agent can act on. */
export type Checked = { ok: true; value: unknown; file?: string } | { ok: false; problem: string };

/**
 * Agents write descriptions where a type is wanted (seen often). An unknown word becomes text, and the
 * description is handed back to be added to the prompt.
 */
export function coerceReturns(returns: string | undefined): { type: ReturnType; description: string | null } {
  if (returns === undefined || returns.trim() === "") return { type: "text", description: null };
  const word = ReturnType.safeParse(returns.trim().toLowerCase());
  if (word.success) return { type: word.data, description: null };
  const alias = aliases.get(returns.trim().toLowerCase());
  return alias ? { type: alias, description: null } : { type: "text", description: returns };
}

const aliases: ReadonlyMap<string, ReturnType> = new Map([
  ["string", "text"],
  ["str", "text"],
  ["markdown", "text"],
  ["bool", "boolean"],
  ["array", "list"],
  ["object", "structured"],
  ["json", "structured"],
  ["path", "file"],
]);

/** Holds a result against what the node was asked to return. A file's existence is the caller's to check. */
export function checkResult(type: ReturnType, schema: ResultSchema | null, result: unknown): Checked {
  return checks[type](result, schema);
}

/** What an agent is told about the form of its result. */
export function describeReturns(type: ReturnType, schema: ResultSchema | null): string {
  const form = forms[type];
  return schema ? `${form} It must fit this JSON Schema:\n${JSON.stringify(schema, null, 2)}` : form;
}

/** Why a schema cannot be used; null when it can. A pattern could make the daemon's matching run for ever, so none is taken. */
export function schemaProblem(schema: ResultSchema): string | null {
  if (JSON.stringify(schema).length > 20_000) return "the schema is over 20,000 characters; make it smaller";
  if (hasKey(schema, "pattern", 0) || hasKey(schema, "patternProperties", 0)) {
    return "cord does not take pattern or patternProperties in a schema; describe the form in the prompt instead";
  }
  try {
    new Validator(schema, "2020-12").validate(null);
    return null;
  } catch (error) {
    return `the schema is not a usable JSON Schema: ${error instanceof Error ? error.message : String(error)}`;
  }
}

const forms: Record<ReturnType, string> = {
  text: "Text: the complete answer itself, not a note that it is done.",
  boolean: "A boolean: true or false.",
  list: "A list: a JSON array.",
  structured: "Structured data: a JSON object.",
  file: "A file: the path of a file that you have written and that exists.",
  approval: 'An approval: {"approved": true or false, "comment": "why"}.',
};

const checks: Record<ReturnType, (result: unknown, schema: ResultSchema | null) => Checked> = {
  text: checkText,
  boolean: checkBoolean,
  list: checkList,
  structured: checkStructured,
  file: checkFile,
  approval: checkApproval,
};

function checkText(result: unknown): Checked {
  if (result === null || result === undefined || result === "") {
    return misfit("text", "it is empty");
  }
  return { ok: true, value: typeof result === "string" ? result : JSON.stringify(result) };
}

function checkBoolean(result: unknown): Checked {
  const value = booleanOf(result);
  return value === null ? misfit("boolean", "use true or false") : { ok: true, value };
}

function checkList(result: unknown, schema: ResultSchema | null): Checked {
  const value = parsed(result);
  if (!Array.isArray(value)) return misfit("list", "it is not a JSON array");
  return fitSchema("list", value, schema);
}

function checkStructured(result: unknown, schema: ResultSchema | null): Checked {
  const value = parsed(result);
  if (typeof value !== "object" || value === null) return misfit("structured", "it is not a JSON object");
  if (Array.isArray(value) && !schema) return misfit("structured", "it is a list; give a JSON object");
  return fitSchema("structured", value, schema);
}

function checkFile(result: unknown): Checked {
  const path = typeof result === "string" ? result.trim() : "";
  if (path === "" || path.includes("\n")) return misfit("file", "give the path of one file");
  return { ok: true, value: path, file: path };
}

function checkApproval(result: unknown): Checked {
  const value = parsed(result);
  if (
    typeof value === "object" &&
    value !== null &&
    "approved" in value &&
    typeof value.approved === "boolean"
  ) {
    return { ok: true, value };
  }
  const approved = booleanOf(value);
  if (approved === null) return misfit("approval", 'give {"approved": true or false, "comment": "why"}');
  return { ok: true, value: { approved } };
}

function fitSchema(type: ReturnType, value: unknown, schema: ResultSchema | null): Checked {
  if (!schema) return { ok: true, value };
  const { valid, errors } = new Validator(schema, "2020-12", false).validate(value);
  if (valid) return { ok: true, value };
  const details = errors
    .filter((error) => error.keyword !== "properties" && error.keyword !== "items")
    .slice(0, 5)
    .map((error) => `${error.instanceLocation}: ${error.error}`);
  return misfit(type, `it does not fit the schema. ${details.join(" ")}`);
}

function misfit(type: ReturnType, why: string): Checked {
  return {
    ok: false,
    problem: `The result does not fit returns=${type}: ${why}. ${forms[type]} Call complete again with a result that fits.`,
  };
}

const yes: ReadonlySet<string> = new Set(["true", "yes", "approved", "approve"]);
const no: ReadonlySet<string> = new Set(["false", "no", "rejected", "reject", "denied"]);

function booleanOf(result: unknown): boolean | null {
  if (typeof result === "boolean") return result;
  if (typeof result !== "string") return null;
  const word = result.trim().toLowerCase().replace(/[.!]$/, "");
  if (yes.has(word)) return true;
  return no.has(word) ? false : null;
}

/** Agents often pass JSON as a string, sometimes in a code fence. */
function parsed(result: unknown): unknown {
  if (typeof result !== "string") return result;
  const text = result.trim();
  const fence = /^```(?:json)?\s*\n([\s\S]*?)\n?```$/.exec(text);
  try {
    return JSON.parse(fence?.[1] ?? text);
  } catch {
    return result;
  }
}

function hasKey(value: unknown, key: string, depth: number): boolean {
  if (typeof value !== "object" || value === null || depth > 64) return false;
  if (!Array.isArray(value) && typeof Reflect.get(value, key) === "string") return true;
  if (key === "patternProperties" && key in value) return true;
  return Object.values(value).some((inner) => hasKey(inner, key, depth + 1));
}
