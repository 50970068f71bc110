import { wordsOf } from "../../core/filter.ts";
import { isOfOnePriority, isOfWaiting, type AskedStanding } from "../../core/standing.ts";
import { inStates, joined, term, whereOf, type Conditions, type Field } from "./conditions.ts";
import type { Query } from "./listing.ts";
import type { Tx } from "../store.ts";
import { numberOf } from "../tables/one-row.ts";

/** Up to this many entries are looked at one by one, even if there is another way. */
export const fewEntries = 2000;

/** A stretch of an index: all of one standing, and of one kind, project or recipient. */
export interface Part {
  standing: number;
  where: Conditions;
  rest: Conditions;
  isCovered: boolean;
  /** as many parts as share all tasks between them, where what is asked leads into no index */
  sharers?: number | undefined;
}

/** More parts than this are not merged: the condition that makes them so many is checked for each entry instead. */
const maxParts = 100;
const probedEntries = 500;

/**
 * The indexes give what is of one kind, project or recipient and of one standing; a filter of several is that many parts.
 * Who had a task and how it is called is asked of the index of all.
 */
export async function partsOf(tx: Tx, query: Query, standings: readonly AskedStanding[]): Promise<Part[]> {
  const { project, to, claimed_by: agent, name_contains: text, kind } = query.filter;
  const parts = (field: keyof typeof covered, ...leads: readonly Conditions[]) =>
    leads.flatMap((lead) =>
      standings.map((standing) => partOf(query, standing, field, lead, standings.length)),
    );
  const all = () => parts("standing", joined([]));
  if (to !== undefined) return parts("to", term("tasks.recipient = ?", to));
  if (agent !== undefined) return all();
  const kinds = [...new Set(wordsOf(kind))];
  const isByKind = kinds.length > 0 && kinds.length * standings.length <= maxParts;
  if (!isByKind && project === undefined) return all();
  const byKind = isByKind ? parts("kind", ...kinds.map((one) => term("tasks.kind = ?", one))) : null;
  const byProject =
    project === undefined
      ? null
      : parts("project", term("tasks.project = ?", project), term("tasks.project IS NULL"));
  const best = await fewer(tx, byKind, byProject);
  return text && !(await areFew(tx, best, fewEntries)) ? all() : best;
}

/** By kind, unless that is much and by project it is little. */
async function fewer(tx: Tx, byKind: Part[] | null, byProject: Part[] | null): Promise<Part[]> {
  if (byKind === null || byProject === null) return byKind ?? byProject ?? [];
  const isBetter = !(await areFew(tx, byKind, probedEntries)) && (await areFew(tx, byProject, probedEntries));
  return isBetter ? byProject : byKind;
}

/** What a field's index can answer about each entry: the columns that lead to it, and those beside them. */
const covered = {
  to: { lead: ["state", "to"], beside: [] },
  kind: { lead: ["state", "kind"], beside: ["project", "priority"] },
  project: { lead: ["state", "project"], beside: ["kind", "priority"] },
  standing: { lead: ["state"], beside: ["priority", "claimed_by", "name_contains"] },
} as const satisfies Record<string, { lead: readonly Field[]; beside: readonly Field[] }>;

function partOf(
  { asked, filter }: Query,
  { standing, states }: AskedStanding,
  field: keyof typeof covered,
  lead: Conditions,
  sharers: number,
): Part {
  const { lead: led, beside } = covered[field];
  const answered: Field[] = isOfOnePriority(standing) ? [...led, "priority"] : [...led];
  const where = joined([term("tasks.run_id IS NULL"), lead, term("tasks.standing = ?", standing)]);
  const { claimed_by: agent, name_contains: text } = filter;
  const waits = isOfWaiting(standing);
  const isEnded = field === "standing" && agent !== undefined && !waits;
  const further = asked.without(isEnded ? [...answered, "claimed_by"] : answered);
  const rest = joined([
    isEnded ? term("tasks.ended_by = ?", agent) : null,
    states && inStates(states),
    further,
  ]);
  // the two that only the index of all has are asked of it first, and few are left
  const isOfFew = field === "standing" && !waits && (agent !== undefined || Boolean(text));
  const isAnswered =
    further.terms.length === 0 || asked.without([...answered, ...(waits ? [] : beside)]).terms.length === 0;
  return {
    standing,
    where,
    rest,
    isCovered: isOfFew || (states === null && isAnswered),
    ...(isOfFew ? { sharers } : {}),
  };
}

/** Whether the parts have no more entries than this; no more of them are counted. */
export async function areFew(tx: Tx, parts: readonly Part[], max: number): Promise<boolean> {
  let sum = 0;
  for (const { where } of parts) {
    const sql = `SELECT count(*) AS n FROM (SELECT 1 FROM tasks ${whereOf(where)} LIMIT ?) AS some`;
    sum += await numberOf(tx, sql, ...where.values, max + 1);
    if (sum > max) return false;
  }
  return true;
}
