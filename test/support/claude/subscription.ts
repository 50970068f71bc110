import type { Model } from "./model.ts";
import type { Reply } from "./reply.ts";
import { claudeEnv } from "./claude.ts";

/** A subscription as the API tells of it: in the headers of each answer. */

interface Told {
  /** of the five hours; 1 is all of them */
  utilization: number;
  /** when they reset, in milliseconds since 1970 */
  resetsAt: number;
  status?: "allowed" | "allowed_warning" | "rejected";
}

/** What stands in an answer's headers. */
export function unified({ utilization, resetsAt, status = "allowed" }: Told): Record<string, string> {
  const reset = String(Math.floor(resetsAt / 1000));
  const week = String(Math.floor(resetsAt / 1000) + 500_000);
  const prefix = "anthropic-ratelimit-unified";
  return {
    [`${prefix}-status`]: status,
    [`${prefix}-reset`]: reset,
    [`${prefix}-representative-claim`]: "five_hour",
    [`${prefix}-5h-utilization`]: String(utilization),
    [`${prefix}-5h-reset`]: reset,
    [`${prefix}-5h-status`]: status,
    [`${prefix}-7d-utilization`]: "0.3",
    [`${prefix}-7d-reset`]: week,
    [`${prefix}-7d-status`]: "allowed",
  };
}

/** The API's answer when the five hours are used up. */
export function usedUp(resetsAt: number): Reply {
  return { error: { status: 429, headers: unified({ utilization: 1, resetsAt, status: "rejected" }) } };
}

/** An environment in which Claude Code takes itself for that of a subscriber. */
export function subscribed(model: Pick<Model, "url">, dir: string): Record<string, string> {
  const { ANTHROPIC_API_KEY: _, ...env } = claudeEnv(model, dir);
  return { ...env, CLAUDE_CODE_OAUTH_TOKEN: "a subscription's" };
}
