/** RFC 3339, UTC, of milliseconds. The rows of a moment carry the same few times, so the latest are remembered. */
export function time(milliseconds: number): string {
  for (const known of latest) if (known.milliseconds === milliseconds) return known.text;
  const made = { milliseconds, text: new Date(milliseconds).toISOString() };
  latest[oldest] = made;
  oldest = (oldest + 1) % maxKept;
  return made.text;
}

/** When a task was made, when it was claimed, and the end of its lease, with one to spare. */
const maxKept = 4;
const latest: { milliseconds: number; text: string }[] = [];
let oldest = 0;
