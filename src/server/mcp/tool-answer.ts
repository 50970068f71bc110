import { limits } from "../../core/limits.ts";
import type { CallToolResult } from "./protocol.ts";

/**
 * A result, with notes of one sentence each. The notes are a text of their own after the result's, and also `note` in
 * structuredContent, because a client shows its agent only one of the two.
 */
export function toolAnswer(result: unknown, said: readonly string[]): CallToolResult {
  const { text, whole, notes: own } = Array.isArray(result) ? listed(result) : paged(result);
  const notes = [...said, ...own];
  const content = [{ type: "text" as const, text: JSON.stringify(text) }];
  if (notes.length === 0) return { content, structuredContent: whole };
  const note = notes.join(" ");
  content.push({ type: "text", text: note });
  const first = typeof whole["note"] === "string" ? `${whole["note"]} ` : "";
  return { content, structuredContent: { ...whole, note: first + note } };
}

interface Shown {
  text: unknown;
  /** structuredContent has to be an object; lists and null stand under a key */
  whole: Record<string, unknown>;
  notes: string[];
}

/**
 * Of a page the text is its items, as it was before there were pages; what an agent should know of the rest is a note. An inbox is given
 * whole, since a client may show its agent the text alone.
 */
function paged(result: unknown): Shown {
  if (typeof result !== "object" || result === null)
    return { text: result, whole: { value: result }, notes: [] };
  if (!("items" in result) || !Array.isArray(result.items))
    return { text: result, whole: { ...result }, notes: [] };
  const more =
    "next" in result ? [`There is more: call again with cursor ${JSON.stringify(result.next)}.`] : [];
  const text = "notices" in result ? result : result.items;
  return { text, whole: { ...result }, notes: [...more, ...cutIn(result.items)] };
}

/** A list without pages: as much of it as an agent's client takes. */
function listed(all: readonly unknown[]): Shown {
  let bytes = 0;
  const beyond = all.findIndex((item) => {
    bytes += Buffer.byteLength(JSON.stringify(item));
    return bytes > limits.toolListBytes;
  });
  const items = beyond === -1 ? all : all.slice(0, Math.max(1, beyond));
  const more = items.length < all.length ? [`These are the first ${items.length} of ${all.length}.`] : [];
  return { text: items, whole: { items }, notes: [...more, ...cutIn(items)] };
}

/** What is to be known of a list with texts that are cut: one sentence, or none. */
export function cutIn(items: readonly unknown[]): string[] {
  const isCut = items.some((item) => typeof item === "object" && item !== null && "cut" in item);
  return isCut ? ["Of the texts named in cut only the beginning is here; tasks_get has them whole."] : [];
}
