import type { Agent } from "../../core/task.ts";
import { listAgents } from "../../store/tables/agents.ts";
import { unreadCounts } from "../../store/tables/inbox.ts";
import { latestTabs, type TabRow } from "../../store/tables/tabs.ts";
import { time } from "../../store/tables/time.ts";
import type { Tx } from "../../store/store.ts";
import type { Context } from "../context.ts";
import type { OpenTab } from "./control.ts";

/** As many agents are listed, and as many of their tabs are looked at. */
const maxListed = 1000;

/** Known agents, the last seen first, each with what is known of its tab. One whose tab is open is there now. */
export async function agentsSeen(
  tx: Tx,
  { tabs, monotonic, now }: Pick<Context, "tabs" | "monotonic" | "now">,
  project: string | undefined,
): Promise<Agent[]> {
  const listed = await listAgents(tx, project, monotonic);
  const known = new Map<string, TabRow>();
  for (const row of (await latestTabs(tx, project, maxListed)).toReversed()) known.set(row.handle, row);
  const unread = await unreadCounts(tx, maxListed);
  return listed
    .map((agent): Agent => {
      const tab = tabs.find({ agent: agent.id });
      const row = tab?.row ?? known.get(agent.id);
      const counted = unread.get(agent.id);
      return {
        ...agent,
        ...(counted === undefined && row === undefined ? {} : { unread: counted ?? 0 }),
        ...(row === undefined ? {} : factsOf(row)),
        ...(tab === null ? {} : factsOfOpen(tab, now)),
      };
    })
    .toSorted((one, other) => one.age_ms - other.age_ms);
}

function factsOf({ project, client, client_version, folder }: TabRow): Partial<Agent> {
  return {
    client,
    is_open: false,
    ...(project === null ? {} : { project }),
    ...(client_version === null ? {} : { client_version }),
    ...(folder === null ? {} : { folder }),
  };
}

function factsOfOpen({ row, wake, wakesLeft, isMuted }: OpenTab, now: number): Partial<Agent> {
  const { state, waiting_for } = row;
  return {
    is_open: true,
    age_ms: 0,
    status: "active",
    last_seen: time(now),
    wake,
    wakes_left: wakesLeft,
    ...(isMuted ? { is_muted: true } : {}),
    ...(state === null ? {} : { state }),
    ...(waiting_for === null ? {} : { waiting_for }),
  };
}
