/** RFC 3339, UTC, of milliseconds. Most of a moment's events carry the same time, so the latest is remembered. */
export function time(milliseconds: number): string {
  if (milliseconds !== latest.milliseconds)
    latest = { milliseconds, text: new Date(milliseconds).toISOString() };
  return latest.text;
}

let latest = { milliseconds: 0, text: "1970-01-01T00:00:00.000Z" };
