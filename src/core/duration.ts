const units: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3600, d: 86_400 };

/** Seconds of a duration as people write it, `90`, `90s`, `30m`, `2h`, `3d`; null for anything else, and for none at all. */
export function secondsIn(text: string): number | null {
  const match = /^(\d{1,12}(?:\.\d{1,12})?)\s*([smhd]?)$/.exec(text.trim());
  const unit = units[match?.[2] ?? ""];
  const seconds = match === null || unit === undefined ? 0 : Number(match[1]) * unit;
  return seconds > 0 ? seconds : null;
}

/** A whole number of seconds in the largest unit that has it whole: `90s`, `30m`, `2h`. */
export function durationOf(seconds: number): string {
  const unit = ["d", "h", "m"].find((name) => seconds % (units[name] ?? 1) === 0);
  return unit === undefined ? `${seconds}s` : `${seconds / (units[unit] ?? 1)}${unit}`;
}
