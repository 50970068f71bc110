import { listed } from "../../core/wording.ts";
import { CordError } from "../../core/error.ts";
import { jsonIn } from "../../core/json.ts";
import { schemaOf, takes, type Schema } from "../../core/parameter.ts";
import { meantBy } from "../../core/spelling.ts";
import { plain } from "../../core/text.ts";
import type { Operation } from "../../operations/operation.ts";
import type { Surface } from "../../operations/context.ts";

/** How tools write the name of an operation's field: agent_id for agentId. */
export function parameterName(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** What a tool's caller reads: its parameters' names, and notes beside the result. */
export function toolSurface(notes: string[]): Surface {
  return { parameter: parameterName, note: (sentence) => void notes.push(sentence) };
}

/** An operation's field, and what it takes. */
interface Known {
  field: string;
  schema: Schema;
}

export function known({ input }: Pick<Operation, "input">, field: string): Known {
  return { field, schema: schemaOf(input, field) };
}

/** What a tool is called with. */
export interface Parameters {
  tool: string;
  fields: ReadonlyMap<string, Known>;
  /** whether a text that is JSON stands for it where any JSON is taken */
  readsJson: boolean;
  /** what would change the meaning of a call if it were left out: the node, run or epoch of another */
  refused: ReadonlySet<string>;
  /** the fields that may be no larger than this here */
  max: Readonly<Record<string, number>>;
}

/**
 * Makes the operation's input from a tool's arguments. null and "" count as absent. JSON in a string is read where an
 * object or a list is expected. Unknown arguments are left out, and a note names them, because clients add some of
 * their own. Throws `invalid` for an unknown name that looks like a misspelt missing parameter, and for names that
 * must be refused.
 */
export function readArguments(
  parameters: Parameters,
  given: Record<string, unknown>,
): { input: Record<string, unknown>; ignored: string | null } {
  if (Object.keys(given).length > maxArguments)
    throw new CordError("invalid", `${parameters.tool} takes ${maxArguments} arguments at most.`);
  const input: Record<string, unknown> = {};
  const unknown: string[] = [];
  for (const [name, value] of Object.entries(given)) {
    const known = parameters.fields.get(name) ?? variantOf(parameters, name, given);
    if (!known) unknown.push(name);
    else if (value !== null && value !== "") input[known.field] = valueFor(parameters, known.schema, value);
  }
  for (const name of unknown) refuse(parameters, name, given);
  return { input, ignored: unknown.length === 0 ? null : ignoredOf(parameters.tool, unknown) };
}

/** An input whose numbers are no larger than they may be here, and what its caller should know of that. */
export function bounded(
  { max }: Parameters,
  input: Record<string, unknown>,
): { input: Record<string, unknown>; notes: string[] } {
  const over = Object.entries(max).filter(([field, bound]) => Number(input[field]) > bound);
  if (over.length === 0) return { input, notes: [] };
  return {
    input: { ...input, ...Object.fromEntries(over) },
    notes: over.map(
      ([field, bound]) => `${parameterName(field)} is ${bound} at most: it was taken for that.`,
    ),
  };
}

/** As many as any tool or prompt takes: a call with more is refused. */
export const maxArguments = 64;

/** A parameter written as other languages do, as agentId or AGENT-ID for agent_id, if it is not given as it is called. */
function variantOf({ fields }: Parameters, name: string, given: Record<string, unknown>): Known | undefined {
  for (const [parameter, known] of fields)
    if (bare(parameter) === bare(name) && !Object.hasOwn(given, parameter)) return known;
  return undefined;
}

function bare(name: string): string {
  return name.slice(0, maxShown).replace(/[-_ ]/g, "").toLowerCase();
}

/** Agents write an object as text where a schema does not say its type, and sometimes where it does. */
function valueFor({ readsJson }: Parameters, schema: Schema, value: unknown): unknown {
  if (typeof value !== "string") return value;
  const read = jsonIn(value);
  if (read === undefined) return value;
  const isTaken = isAny(schema) ? readsJson : takes(schema, Array.isArray(read) ? "array" : "object");
  return isTaken ? read : value;
}

/** Whether a parameter takes any JSON. */
export function isAny({ type, anyOf, enum: words }: Schema): boolean {
  return type === undefined && anyOf === undefined && words === undefined;
}

function refuse({ tool, fields, refused }: Parameters, name: string, given: Record<string, unknown>): void {
  if (refused.has(name))
    throw new CordError(
      "invalid",
      `${tool} has no parameter ${name}. It has: ${[...fields.keys()].join(", ")}.`,
    );
  const others = [...fields.keys()].filter((parameter) => !Object.hasOwn(given, parameter));
  const meant = meantBy(name.toLowerCase(), others);
  if (meant !== undefined)
    throw new CordError("invalid", `${tool} has no parameter ${shown(name)}. Did you mean ${meant}?`);
}

function ignoredOf(tool: string, names: readonly string[]): string {
  return `${tool} has no parameter ${listed(names.map(shown), maxTold)}: ignored.`;
}

const maxTold = 8;
const maxShown = 64;

function shown(name: string): string {
  return plain(name.slice(0, maxShown)) || '""';
}
