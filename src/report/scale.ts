/** Where the times of a run stand on an axis from 0 to 100. */
export interface Scale {
  /** of a time in milliseconds since the epoch */
  at(ms: number): number;
  /** when nothing was worked on for long: these are drawn short, and say so */
  gaps: readonly { from: number; to: number }[];
  from: number;
  to: number;
}

interface Span {
  from: number;
  to: number;
}

/**
 * A scale from the begin of a run to its end. Where nobody worked for longer than a fifth of all work, as overnight, that
 * time takes a twentieth of the axis: else what was worked on would be a few hairs at its ends.
 */
export function scaleOf(spans: readonly Span[], { from, to }: Span): Scale {
  const end = Math.max(to, from + 1);
  const busy = merged(spans, { from, to: end });
  const worked = busy.reduce((sum, span) => sum + (span.to - span.from), 0);
  const gaps = between(busy, { from, to: end }).filter((gap) => gap.to - gap.from > worked / 5);
  const kept = gaps.length === 0 || worked === 0 || gaps.length > maxGaps ? [] : gaps;
  const full = end - from - kept.reduce((sum, gap) => sum + (gap.to - gap.from), 0);
  const drawnGap = full / (1 / gapShare - kept.length);
  const total = full + drawnGap * kept.length;
  return {
    from,
    to: end,
    gaps: kept,
    at(ms) {
      const time = Math.min(end, Math.max(from, ms));
      let drawn = time - from;
      for (const gap of kept) {
        const passed = Math.min(Math.max(0, time - gap.from), gap.to - gap.from);
        drawn -= passed - (passed / (gap.to - gap.from)) * drawnGap;
      }
      return (100 * drawn) / total;
    },
  };
}

/** Of the axis, what a gap takes. */
const gapShare = 0.05;
const maxGaps = 10;

/** The spans as those that touch nowhere, in order, within bounds. */
function merged(spans: readonly Span[], { from, to }: Span): Span[] {
  const sorted = spans
    .map((span) => ({ from: Math.max(from, span.from), to: Math.min(to, span.to) }))
    .filter((span) => span.to >= span.from)
    .toSorted((left, right) => left.from - right.from);
  const all: Span[] = [];
  for (const span of sorted) {
    const last = all.at(-1);
    if (last && span.from <= last.to) last.to = Math.max(last.to, span.to);
    else all.push({ ...span });
  }
  return all;
}

function between(busy: readonly Span[], { from, to }: Span): Span[] {
  const starts = [from, ...busy.map((span) => span.to)];
  const ends = [...busy.map((span) => span.from), to];
  return starts.map((start, at) => ({ from: start, to: ends[at] ?? to })).filter((gap) => gap.to > gap.from);
}

/** Marks on the axis: at most so many, at round spans from its begin, with what each says. */
export function ticks(
  { from, to }: Pick<Scale, "from" | "to">,
  max: number,
): { ms: number; after: number }[] {
  const step = steps.find((candidate) => (to - from) / candidate <= max) ?? Math.ceil((to - from) / max);
  const count = Math.floor((to - from) / step);
  return Array.from({ length: count + 1 }, (_, at) => ({ ms: from + at * step, after: at * step }));
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const steps = [
  ...[1, 2, 5, 10, 20, 30].map((count) => count * second),
  ...[1, 2, 5, 10, 20, 30].map((count) => count * minute),
  ...[1, 2, 4, 8, 12, 24, 48, 24 * 7].map((count) => count * hour),
];
