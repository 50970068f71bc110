import { bareType } from "./media-types.ts";

/** Whether a body is JSON by its header, in either of A2A's types. */
export function isJsonTyped({ headers }: Request): boolean {
  const type = bareType(headers.get("content-type") ?? "");
  return type === "application/json" || type === a2aJson;
}

/** The type of HTTP+JSON (1.0.1, section 14.1). */
export const a2aJson = "application/a2a+json";
