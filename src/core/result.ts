import { z } from "zod";
import { nestsDeeper } from "./nesting.ts";
import { limits } from "./limits.ts";
import { isJsonObject, parseJson } from "./json.ts";
import { beginningOf } from "./text.ts";
import { returnTypes } from "./words.ts";

export const ReturnType = z.enum(returnTypes);
export type ReturnType = z.infer<typeof ReturnType>;

/** A JSON Schema for a structured result. Written by an agent: it is only ever interpreted, never compiled. */
export const ResultSchema = z.record(z.string(), z.unknown());
export type ResultSchema = z.infer<typeof ResultSchema>;

/** A result that has the form, as it is kept; or what is wrong, in words the agent can act on. */
type Formed = { ok: true; value: unknown; file?: string } | { ok: false; problem: string };

/**
 * Agents often write a description where a type is expected. An unknown word becomes the type text, and the
 * description is returned to be added to the prompt.
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

/**
 * Holds a result against the form that the node was asked to return, in time linear in its length. A file's existence
 * and the schema are the caller's to check: `schemaMisfit`, of result-schema.ts, has no such bound.
 */
export function checkForm(type: ReturnType, hasSchema: boolean, result: unknown): Formed {
  return forms[type].check(result, hasSchema);
}

/** Whether results of a type are held against the node's schema. */
export function takesSchema(type: ReturnType): boolean {
  return type === "list" || type === "structured";
}

/** What an agent is told about the form of its result. */
export function describeReturns(type: ReturnType, schema: ResultSchema | null): string {
  const { said } = forms[type];
  return schema ? `${said} It must fit this JSON Schema:\n${JSON.stringify(schema, null, 2)}` : said;
}

/**
 * Why a schema is not accepted; null when it may be tried. A pattern could make matching run forever, so none is
 * accepted.
 */
export function schemaRefusal(schema: ResultSchema): string | null {
  if (JSON.stringify(schema).length > 20_000) return "the schema is over 20,000 characters; make it smaller";
  if (hasPattern(schema, 0)) {
    return "cord does not take pattern or patternProperties in a schema; describe the form in the prompt instead";
  }
  return null;
}

/**
 * Why no result of this type could ever fit a schema; null when one could. Without this check the node would be asked
 * for another result forever.
 */
export function schemaConflict(type: ReturnType, schema: ResultSchema): string | null {
  if (schema["type"] === undefined || !takesSchema(type)) return null;
  const words = [schema["type"]].flat();
  const strange = words.find((word) => typeof word !== "string" || !jsonTypes.includes(word));
  if (strange !== undefined)
    return `the schema's type ${beginningOf(JSON.stringify(strange), 100)} is none of ${jsonTypes.join(", ")}`;
  if (words.includes("array") || (type === "structured" && words.includes("object"))) return null;
  const asked = `the schema asks for ${words.join(" or ")}`;
  return type === "list"
    ? `a list is a JSON array, and ${asked}. Write {"type": "array", "items": ...}`
    : `a structured result is a JSON object, and ${asked}. Make that a property of {"type": "object", "properties": ...}`;
}

const jsonTypes = ["object", "array", "string", "number", "integer", "boolean", "null"];

interface Form {
  /** what an agent is told of it */
  said: string;
  check(result: unknown, hasSchema: boolean): Formed;
}

const forms: Record<ReturnType, Form> = {
  text: { said: "Text: the complete answer itself, not a note that it is done.", check: checkText },
  boolean: { said: "A boolean: true or false.", check: checkBoolean },
  list: { said: "A list: a JSON array.", check: checkList },
  structured: { said: "Structured data: a JSON object.", check: checkStructured },
  file: { said: "A file: the path of a file that you have written and that exists.", check: checkFile },
  approval: { said: 'An approval: {"approved": true or false, "comment": "why"}.', check: checkApproval },
};

function checkText(result: unknown): Formed {
  if (result === null || result === undefined || result === "") {
    return misfit("text", "it is empty");
  }
  return { ok: true, value: typeof result === "string" ? result : JSON.stringify(result) };
}

function checkBoolean(result: unknown): Formed {
  const value = booleanOf(result);
  return value === null ? misfit("boolean", "use true or false") : { ok: true, value };
}

function checkList(result: unknown): Formed {
  const value = parsed(result);
  return Array.isArray(value) ? { ok: true, value } : misfit("list", "it is not a JSON array");
}

function checkStructured(result: unknown, hasSchema: boolean): Formed {
  const value = parsed(result);
  if (isJsonObject(value) || (Array.isArray(value) && hasSchema)) return { ok: true, value };
  return misfit(
    "structured",
    Array.isArray(value) ? "it is a list; give a JSON object" : "it is not a JSON object",
  );
}

function checkFile(result: unknown): Formed {
  const path = typeof result === "string" ? result.trim() : "";
  if (path === "" || path.includes("\n")) return misfit("file", "give the path of one file");
  return { ok: true, value: path, file: path };
}

function checkApproval(result: unknown): Formed {
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

function misfit(type: ReturnType, why: string): Formed {
  return { ok: false, problem: misfitOf(type, why) };
}

/** What an agent is told of a result that does not fit. */
export function misfitOf(type: ReturnType, why: string): string {
  return `The result does not fit returns=${type}: ${why}. ${forms[type].said} Call complete again with a result that fits.`;
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

/** Agents often pass JSON as a string, sometimes in a code fence. What is nested too deep stays a string. */
function parsed(result: unknown): unknown {
  if (typeof result !== "string") return result;
  const text = unfenced(result.trim());
  if (nestsDeeper(text, limits.nesting)) return result;
  try {
    return parseJson(text);
  } catch {
    return result;
  }
}

/** What stands between the lines of a code fence; the text itself where there is none. */
function unfenced(text: string): string {
  const end = text.indexOf("\n");
  if (end === -1 || !text.endsWith("```") || !fences.has(text.slice(0, Math.min(end, 16)).trim()))
    return text;
  return text.slice(end + 1, -3);
}

const fences: ReadonlySet<string> = new Set(["```", "```json"]);

/** Whether a keyword `pattern` stands anywhere in a schema, in whatever form; a property may have that name. */
function hasPattern(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null || depth > limits.nesting) return false;
  if (!Array.isArray(value)) {
    if ("patternProperties" in value) return true;
    if ("pattern" in value && !isSchemaLike(value.pattern)) return true;
  }
  return Object.values(value).some((inner) => hasPattern(inner, depth + 1));
}

/** Of a property that is called pattern: an object, or true or false. As a keyword they would match nothing of danger. */
function isSchemaLike(value: unknown): boolean {
  return typeof value === "boolean" || (typeof value === "object" && value !== null && !Array.isArray(value));
}
