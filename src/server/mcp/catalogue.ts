import { z } from "zod";
import { CordError } from "../../core/error.ts";
import { beginningOf, plain } from "../../core/text.ts";
import { toolsOf } from "../../operations/list.ts";
import type { Operation, Tool as OperationTool } from "../../operations/operation.ts";
import { isAny, known, parameterName, type Parameters } from "./arguments.ts";
import type { Tool } from "./protocol.ts";

/** Which tools there are: the board's for a tab, the tree's for an agent of a run. */
export type Profile = "board" | "tree";

/** A tool: how it is listed, the operation behind it, and what of that it takes. */
interface CataloguedTool {
  tool: Tool;
  operation: Operation;
  parameters: Parameters;
}

/** The tools that MCP shows under a profile, derived from the operations once. */
export function toolList(profile: Profile): readonly Tool[] {
  return [...catalogue[profile].values()].map(({ tool }) => tool);
}

/** Throws `invalid`, which names those there are: a call of another is wrong as a request. Source: MCP 2025-11-25, "Tools". */
export function toolNamed(profile: Profile, name: string): CataloguedTool {
  const found = catalogue[profile].get(name);
  if (found) return found;
  const known = [...catalogue[profile].keys()].join(", ");
  throw new CordError("invalid", `There is no tool ${plain(beginningOf(name, 64))}. There are: ${known}.`);
}

function catalogued(
  operation: Operation,
  { name, title, profile, omit, max }: OperationTool,
): CataloguedTool {
  const omitted = new Set(omit);
  const shape = Object.entries(operation.input.shape).filter(([field]) => !omitted.has(field));
  const bounds = new Map(Object.entries(max).map(([field, bound]) => [parameterName(field), bound]));
  const schema = z.toJSONSchema(
    z.object(Object.fromEntries(shape.map(([field, type]) => [parameterName(field), type]))),
    {
      io: "input",
      override: ({ jsonSchema, path }) => {
        shorten(jsonSchema);
        if (path.length > 2) for (const name of unsaid) delete jsonSchema.properties?.[name];
        if (path.length >= 2 && isAny(jsonSchema)) Object.assign(jsonSchema, anyJson);
        if (isTextOrTexts(jsonSchema)) asText(jsonSchema);
        const bound = path.length === 2 ? bounds.get(String(path[1])) : undefined;
        if (bound !== undefined) jsonSchema.description = `Up to ${bound}`;
      },
    },
  );
  // a tab's session knows who it is, and a client without one is told so by its refusal
  const required = (schema.required ?? []).filter((field) => profile === "tree" || field !== "agent_id");
  return {
    operation,
    parameters: {
      tool: name,
      fields: new Map(shape.map(([field]) => [parameterName(field), known(operation, field)])),
      readsJson: profile === "board",
      refused: new Set(profile === "tree" ? omitted : []),
      max,
    },
    tool: {
      name,
      description: operation.summary,
      inputSchema: {
        type: "object",
        properties: propertiesOf(schema),
        ...(required.length === 0 ? {} : { required }),
      },
      annotations: {
        // only here: Claude Code looks nowhere else, and by the protocol all look here where there is none beside the name
        title,
        readOnlyHint: operation.effect === "read",
        destructiveHint: operation.effect === "destructive",
        // idempotentHint is left out: it says nothing of what only reads, and false is its default. MCP 2025-11-25, ToolAnnotations
        openWorldHint: false,
      },
    },
  };
}

/** What parts of a value may have that no agent writes. It is taken, and not taught. */
const unsaid = ["artifactId", "metadata", "extensions"];

/** Said type by type: for a value without one some clients write everything as text. */
const anyJson = { type: ["object", "array", "string", "number", "boolean"] };

/** Whether one text or several are taken: several may also stand in one, with commas, which is all that a tab is told. */
function isTextOrTexts({ anyOf }: z.core.JSONSchema.BaseSchema): boolean {
  return (
    anyOf?.length === 2 &&
    anyOf.some(isText) &&
    anyOf.some(({ type, items }) => type === "array" && isText(items))
  );
}

function isText(schema: unknown): boolean {
  return typeof schema === "object" && schema !== null && "type" in schema && schema.type === "string";
}

function asText(schema: z.core.JSONSchema.BaseSchema): void {
  delete schema.anyOf;
  schema.type = "string";
}

/** A schema in which each type stands by itself: of several in one list some models' schemas know nothing. */
function withSingleTypes(schema: object): object {
  const entries = Object.entries(schema).map(([key, value]): [string, unknown] => {
    if (key === "type" && Array.isArray(value)) return ["anyOf", value.map((type: unknown) => ({ type }))];
    const isSchema = typeof value === "object" && value !== null && !Array.isArray(value);
    return [key, isSchema ? withSingleTypes(value) : value];
  });
  return Object.fromEntries(entries);
}

/** Limits are checked, not taught: every word of a schema costs each agent tokens. */
function shorten(schema: Record<string, unknown>): void {
  for (const key of [
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minimum",
    "maximum",
    "pattern",
    "propertyNames",
    "exclusiveMinimum",
    "additionalProperties",
  ]) {
    delete schema[key];
  }
}

function propertiesOf(schema: z.core.JSONSchema.BaseSchema): Record<string, object> {
  const properties: Record<string, object> = {};
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    properties[name] = typeof property === "object" ? withSingleTypes(property) : {};
  }
  return properties;
}

function catalogueOf(profile: Profile): ReadonlyMap<string, CataloguedTool> {
  const tools = new Map<string, CataloguedTool>();
  for (const operation of toolsOf(profile))
    if (operation.tool) tools.set(operation.tool.name, catalogued(operation, operation.tool));
  return tools;
}

const catalogue: Record<Profile, ReadonlyMap<string, CataloguedTool>> = {
  board: catalogueOf("board"),
  tree: catalogueOf("tree"),
};
