import { ContentTypeNotSupportedError } from "@a2a-js/sdk/errors";
import type { z } from "zod";
import { shortened } from "../../core/text.ts";
import { invalidFields, wholeRequest, type Violation } from "./errors.ts";
import { isListed } from "./media-types.ts";

/** Reads what a method was given. Throws a refusal that names the fields that do not fit. */
export function readParams<Read>(schema: z.ZodType<Read>, params: unknown): Read {
  const read = schema.safeParse(params);
  if (read.success) return read.data;
  throw invalidFields(read.error.issues.slice(0, maxViolations).map(violationOf));
}

const maxViolations = 8;

/** Throws ContentTypeNotSupportedError for a part that is declared as what the card does not list. */
export function checkMediaTypes(declared: readonly (string | undefined)[]): void {
  const other = declared.find((mediaType) => mediaType !== undefined && !isListed(mediaType));
  if (other === undefined) return;
  throw new ContentTypeNotSupportedError({
    message: `A part of the media type ${JSON.stringify(shortened(other, 80))} is not taken here. The card's defaultInputModes are.`,
  });
}

function violationOf(issue: z.core.$ZodIssue): Violation {
  let field = "";
  for (const key of issue.path)
    field += typeof key === "number" ? `[${key}]` : `${field === "" ? "" : "."}${String(key)}`;
  return { field: field === "" ? wholeRequest : shortened(field, 200), description: wordsFor(issue) };
}

/** What a field has to be, in words for whoever wrote it: the library's are those of its schema. */
function wordsFor(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      if (issue.message.endsWith("received undefined")) return "is required";
      return `must be ${types[issue.expected] ?? issue.expected}`;
    case "too_small":
      return boundOf(issue.origin, `at least ${issue.minimum}`);
    case "too_big":
      return boundOf(issue.origin, `at most ${issue.maximum}`);
    case "invalid_value":
      return `must be one of ${issue.values.map(String).join(", ")}`;
    case "invalid_union":
      return "is of none of the kinds that there are";
    case "invalid_format":
      return issue.format === "datetime" ? "must be a time such as 2026-01-31T12:00:00Z" : issue.message;
    default:
      return issue.message;
  }
}

const types: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};

function boundOf(origin: string, bound: string): string {
  if (origin === "string") return `must be of ${bound} characters`;
  return origin === "array" ? `must be a list of ${bound}` : `must be ${bound}`;
}
