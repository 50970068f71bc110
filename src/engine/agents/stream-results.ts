import { z } from "zod";
import { parseJson } from "../../core/json.ts";
import type { ToolResult } from "./agent.ts";

/** What the tool calls came to that a line of stream-json tells of. A line that does not fit tells of none. */
export function streamJsonResults(line: string): ToolResult[] {
  if (!line.includes('"tool_result"')) return [];
  const parsed = Line.safeParse(jsonOrNull(line));
  if (!parsed.success) return [];
  return parsed.data.message.content.flatMap((block) =>
    block === null ? [] : [{ id: block.tool_use_id, failed: block.is_error, text: block.content }],
  );
}

function jsonOrNull(line: string): unknown {
  try {
    return parseJson(line);
  } catch {
    return null;
  }
}

/** A result is a text, or pieces of which some are. */
const Content = z.union([
  z.string(),
  z
    .array(
      z.union([
        z.object({ type: z.literal("text"), text: z.string() }).transform(({ text }) => text),
        z.object({ type: z.string() }).transform(({ type }) => `[${type}]`),
      ]),
    )
    .transform((pieces) => pieces.join("\n")),
]);

const Result = z.object({
  type: z.literal("tool_result"),
  tool_use_id: z.string(),
  is_error: z.boolean().nullish().transform(Boolean).catch(false),
  content: Content.catch(""),
});

const Line = z.object({
  type: z.literal("user"),
  message: z.object({ content: z.array(z.union([Result, z.unknown().transform(() => null)])) }),
});
