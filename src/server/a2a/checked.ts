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
  const description = issue.code === "invalid_type" && isAbsent(issue) ? "is required" : issue.message;
  return { field: field === "" ? wholeRequest : shortened(field, 200), description };
}

function isAbsent(issue: z.core.$ZodIssue): boolean {
  return issue.message.endsWith("received undefined");
}
