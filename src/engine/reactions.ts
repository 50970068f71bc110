import { isBesideTasks, type DataOf, type Event } from "../core/event.ts";
import type { Attempt } from "./attempt.ts";

/** What an engine can do about an event. */
export interface Reactions {
  /** the one that an event is about; none if that is of another epoch */
  attempt(event: Event): Attempt | undefined;
  /** whether this engine did it */
  isOwn(by: string | null): boolean;
  /** There may be something to claim. */
  claimSoon(): void;
  stop(attempt: Attempt): void;
  /** An agent takes no messages. */
  onUntold(number: number): void;
  onEnded(): void;
  onReopened(): void;
  /** A person has approved or rejected a plan. */
  onPlanDecided(): void;
  onParked(parked: DataOf<"run.parked">): void;
  onUnparked(unparked: DataOf<"run.unparked">): void;
}

/** Does what an event of the run asks for. */
export function react(event: Event, reactions: Reactions): void {
  if (isBesideTasks(event)) return;
  const attempt = reactions.attempt(event);
  switch (event.type) {
    case "task.handed_in":
      attempt?.handedIn(event.seq);
      return reactions.claimSoon();
    case "task.completed":
    case "task.waiting":
      attempt?.complete();
      return reactions.claimSoon();
    case "task.ready":
      if (reactions.isOwn(event.data.by ?? null)) attempt?.complete();
      return reactions.claimSoon();
    case "task.failed":
    case "task.cancelled":
    case "task.paused":
    case "task.expired":
    case "task.released":
      // its own release comes after the attempt; any other comes from somebody who thinks the node is free
      if (attempt) reactions.stop(attempt);
      return reactions.claimSoon();
    case "task.told":
      if (attempt && !attempt.tell(event.data.text)) reactions.onUntold(attempt.number);
      return;
    case "task.created":
    case "task.resumed":
    case "task.retried":
    case "attempt.ended":
      return reactions.claimSoon();
    case "run.approved":
    case "run.rejected":
      reactions.onPlanDecided();
      return reactions.claimSoon();
    case "run.ended":
      return reactions.onEnded();
    case "run.reopened":
      return reactions.onReopened();
    case "run.parked":
      return reactions.onParked(event.data);
    case "run.unparked":
      return reactions.onUnparked(event.data);
    case "task.claimed":
    case "task.modified":
    case "task.refused":
    case "task.said":
    case "task.asked":
    case "task.answered":
    case "attempt.started":
    case "attempt.progress":
    case "attempt.checked":
    case "run.created":
    case "run.proposed":
    case "run.removed":
      return;
    default:
      return event satisfies never;
  }
}
