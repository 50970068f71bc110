import { CordError } from "../../core/error.ts";

const unitsMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The time, in milliseconds since 1970, that `30m`, `2h`, `1d` before now, or an RFC 3339 time, means. Throws `invalid`. */
export function sinceIn(text: string, now: number): number {
  const [, count, unit = ""] = /^(\d{1,6})\s*([smhd])$/.exec(text) ?? [];
  const unitMs = unitsMs[unit];
  if (count !== undefined && unitMs !== undefined) return Math.max(0, now - Number(count) * unitMs);
  const at = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at))
    throw new CordError(
      "invalid",
      "since takes a duration such as 30m, 2h or 1d, or a time such as 2026-11-26T09:30:00Z.",
    );
  return at;
}
