import { z } from "zod";
import { Filter, type Sought, wordsOf } from "./filter.ts";
import { tabBounds } from "./limits.ts";
import { defaultStates, finalStates } from "./words.ts";

/** What a watch is for: a filter, and tasks by their ids. */
export const WatchFilter = Filter.pick({
  kind: true,
  state: true,
  priority: true,
  name_contains: true,
  to: true,
  claimed_by: true,
  since: true,
}).extend({ ids: z.array(z.string().max(64)).max(tabBounds.watchedTasks).optional() });
export type WatchFilter = z.infer<typeof WatchFilter>;

/** What a watch lets through. isWork: no messages, which are for their readers, and which only who asks for them watches for. */
export type Watched = Sought & { ids?: readonly string[]; isWork: boolean };

/**
 * A watch's filter as it is matched. Where no state is named it is as cord wait has it, and of tasks that are named their ends. What is
 * pending must be ready, as in a wait for work.
 */
export function soughtBy(filter: WatchFilter, project: string | null): Watched {
  const { ids, ...asked } = filter;
  const named = ids !== undefined && ids.length > 0;
  const state = asked.state ?? (named ? [...finalStates] : defaultStates(wordsOf(asked.kind)));
  return {
    ...asked,
    state,
    isWork: !named && wordsOf(asked.kind) === undefined,
    ...(named ? { ids } : { run_id: null, ...(project === null ? {} : { project }) }),
    ...(wordsOf(state)?.includes("pending") ? { unblocked: true } : {}),
  };
}
