import type { Event } from "../core/event.ts";
import type { Happening, Report, Spending } from "./report.ts";

/** What the events of a run tell beside its nodes. They are taken page by page, oldest first. */
export class Story {
  readonly happenings: Happening[] = [];
  readonly spending: Spending[] = [];
  /** when each node was created, by its number */
  readonly created = new Map<number, string>();
  readonly #spent = new Map<string, number>();
  #total = 0;

  take(event: Event): void {
    if (event.type === "task.created" && event.number !== null) this.created.set(event.number, event.at);
    if (event.type === "attempt.progress" || event.type === "attempt.ended") this.#spend(event);
    const told = happeningIn(event);
    if (told !== null && this.happenings.length < maxHappenings) this.happenings.push(told);
  }

  #spend({ task_id, at, data }: Event & { data: { attempt: number; usd: number } }): void {
    const key = `${task_id} ${data.attempt}`;
    const more = data.usd - (this.#spent.get(key) ?? 0);
    if (more === 0) return;
    this.#spent.set(key, data.usd);
    this.#total += more;
    this.spending.push({ at, usd: this.#total });
  }
}

const maxHappenings = 1000;

/** As many points as a chart shows; the first and the last stay. */
export function thinned(spending: readonly Spending[], max: number): Spending[] {
  if (spending.length <= max) return [...spending];
  const step = (spending.length - 1) / (max - 1);
  return Array.from({ length: max }, (_, at) => spending[Math.round(at * step)]).filter(
    (point): point is Spending => point !== undefined,
  );
}

/** What a person has done, and what happened to the run itself; null for all that a node's own facts tell. */
function happeningIn(event: Event): Happening | null {
  const { at, number } = event;
  const told = { at, type: event.type, number };
  switch (event.type) {
    case "run.parked":
      return {
        ...told,
        by: null,
        text:
          event.data.until === null ? event.data.reason : `${event.data.reason} (until ${event.data.until})`,
      };
    case "run.unparked":
    case "run.approved":
    case "task.paused":
    case "task.resumed":
    case "task.modified":
    case "task.retried":
      return { ...told, by: event.data.by, text: "" };
    case "run.proposed":
      return { ...told, by: event.data.by, text: `${event.data.children} parts of #${event.data.parent}` };
    case "run.rejected":
    case "task.told":
      return { ...told, by: event.data.by, text: event.data.text };
    case "run.reopened":
      return { ...told, by: null, text: "" };
    default:
      return null;
  }
}

/** The spans in which the run was held up from outside, such as by a limit of the account. */
export function parkedSpans({
  happenings,
  run,
  made_at,
}: Report): { from: number; to: number; why: string }[] {
  const spans: { from: number; to: number; why: string }[] = [];
  let begun: Happening | null = null;
  const close = (at: string) => {
    if (begun !== null) spans.push({ from: Date.parse(begun.at), to: Date.parse(at), why: begun.text });
    begun = null;
  };
  for (const happening of happenings) {
    if (happening.type === "run.parked") begun ??= happening;
    if (happening.type === "run.unparked") close(happening.at);
  }
  close(run.ended_at ?? made_at);
  return spans;
}
