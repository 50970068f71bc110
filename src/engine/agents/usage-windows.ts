import { z } from "zod";
import { resetOf, unnamedWindow, UsageWindow } from "../../core/account.ts";
import { accountBounds } from "../../core/limits.ts";
import type { WindowStatus } from "../../core/words.ts";

const word = z.string().nullish().catch(null);
const number = z.number().nullish().catch(null);

/** What Claude Code says of a subscription's limits, as seen with 2.1.197 and 2.1.332; moments in seconds. */
export const RateLimitInfo = z.object({
  status: word,
  resetsAt: number,
  rateLimitType: word,
  utilization: number,
  isUsingOverage: z.boolean().catch(false),
  unifiedWindows: z
    .record(z.string(), z.object({ status: word, resetsAt: number, utilization: number }))
    .nullish()
    .catch(null),
});
type RateLimitInfo = z.infer<typeof RateLimitInfo>;

/**
 * The windows that it is about, each as cord keeps it. Only what keeps the account from being served is rejected: with
 * bought usage a used-up window does not. Of the others, one without a name that can be one is left out.
 */
export function windowsIn(info: RateLimitInfo, now: number): UsageWindow[] {
  const { status, rateLimitType, resetsAt, utilization, unifiedWindows } = info;
  const isServed = status !== "rejected" || info.isUsingOverage;
  const windows = new Map<string, UsageWindow>();
  const add = (name: string, about: Pick<RateLimitInfo, "status" | "resetsAt" | "utilization">) => {
    const window = UsageWindow.safeParse({
      name,
      status: statusOf(about.status, isServed),
      utilization: UsageWindow.shape.utilization.catch(null).parse(about.utilization ?? null),
      resets_at: about.resetsAt == null ? null : resetOf(about.resetsAt * 1000, now),
    });
    if (window.success && windows.size < accountBounds.windows) windows.set(name, window.data);
  };
  const claim = UsageWindow.shape.name.catch(unnamedWindow).parse(rateLimitType);
  // the one that it is about comes first, so that no number of others leaves it out
  add(claim, { status, resetsAt, utilization });
  for (const [name, about] of Object.entries(unifiedWindows ?? {}))
    add(name, name === claim ? { ...about, status, resetsAt: about.resetsAt ?? resetsAt } : about);
  return [...windows.values()];
}

function statusOf(said: string | null | undefined, isServed: boolean): WindowStatus {
  if (said === "rejected") return isServed ? "allowed_warning" : "rejected";
  return said === "allowed_warning" ? said : "allowed";
}
