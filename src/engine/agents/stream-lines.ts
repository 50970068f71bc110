import { z } from "zod";
import { RateLimitInfo } from "./usage-windows.ts";

/** What cord reads of Claude Code's stream-json lines; the rest is forgiven. */

const count = z.number().nonnegative().catch(0);
const word = z.string().nullish().catch(null);

const Usage = z.object({
  input_tokens: count,
  cache_creation_input_tokens: count,
  cache_read_input_tokens: count,
  output_tokens: count,
});
const ModelUsage = z.object({
  inputTokens: count,
  outputTokens: count,
  cacheReadInputTokens: count,
  cacheCreationInputTokens: count,
});
const Block = z.union([
  z.object({ type: z.literal("text"), text: z.string() }),
  z.object({ type: z.literal("tool_use"), id: word, name: z.string(), input: z.unknown() }),
  z.unknown().transform(() => null),
]);
export type Block = z.infer<typeof Block>;

export const Line = z.union([
  z.object({
    type: z.literal("system"),
    subtype: z.literal("init"),
    session_id: word,
    model: word,
    mcp_servers: z.array(z.object({ name: z.string(), status: z.string() })).catch([]),
    tools: z.array(z.string()).nullish().catch(null),
  }),
  z.object({
    type: z.literal("system"),
    subtype: z.literal("api_retry"),
    attempt: count,
    retry_delay_ms: count,
    error_status: z.number().nullish().catch(null),
    error: z.unknown(),
  }),
  z.object({
    type: z.literal("system"),
    subtype: z.literal("task_started"),
    task_id: z.string(),
    description: z.string().catch(""),
  }),
  z.object({ type: z.literal("system"), subtype: z.literal("task_notification"), task_id: z.string() }),
  z.object({
    type: z.literal("system"),
    subtype: z.literal("task_updated"),
    task_id: z.string(),
    patch: z.object({ status: z.string().catch("") }),
  }),
  z.object({
    type: z.literal("assistant"),
    /** of a message that the program wrote itself: the kind of the error */
    error: word,
    message: z.object({
      id: word,
      model: word,
      content: z.array(Block).catch([]),
      usage: Usage.nullish().catch(null),
    }),
  }),
  z.object({
    type: z.literal("stream_event"),
    event: z.union([
      z.object({
        type: z.literal("message_delta"),
        usage: z.object({ output_tokens: count }).nullish().catch(null),
      }),
      z.object({ type: z.literal("message_stop") }),
    ]),
  }),
  z.object({ type: z.literal("rate_limit_event"), rate_limit_info: RateLimitInfo }),
  z.object({
    type: z.literal("result"),
    subtype: z.string().catch(""),
    is_error: z.boolean().catch(false),
    api_error_status: z.number().nullish().catch(null),
    result: z.string().nullish().catch(null),
    errors: z.array(z.string()).catch([]),
    session_id: word,
    num_turns: z.number().nonnegative().nullish().catch(null),
    stop_reason: word,
    terminal_reason: word,
    origin: z.object({ kind: word }).nullish().catch(null),
    total_cost_usd: z.number().nonnegative().nullish().catch(null),
    modelUsage: z.record(z.string(), ModelUsage).nullish().catch(null),
    permission_denials: z.array(z.object({ tool_name: z.string() })).catch([]),
  }),
]);
export type Line = z.infer<typeof Line>;
