import { shortIds } from "../../core/short-id.ts";
import type { Agent } from "../../core/task.ts";
import { awaited, doing, isUsedUp, wakeWord } from "../../tui/tabs.ts";
import { duration } from "../../tui/time.ts";
import { table, type Column, type Look } from "../table.ts";

/**
 * Agents as a table for a person. What nobody has is left out: where there are no tabs, the columns of tabs; where all work in
 * one folder, the folder.
 */
export function agentTable(agents: readonly Agent[], look: Look): string {
  if (agents.length === 0) return "No agents.";
  const held = shortIds(agents.flatMap((agent) => agent.current_task ?? []));
  const columns: Column<Agent>[] = [
    { title: "ID", rank: 1, cell: (agent) => agent.id, min: 10 },
    { title: "NAME", rank: 9, cell: (agent) => agent.name, min: 8, isTold: agents.some(hasOtherName) },
    { title: "STATUS", rank: 2, cell: statusText, tone: (agent) => doing(agent).tone, min: 8 },
    {
      title: "UNREAD",
      rank: 3,
      cell: ({ unread }) => (unread === undefined ? "" : String(unread)),
      tone: ({ unread = 0 }) => (unread > 0 ? "notice" : "detail"),
      isTold: agents.some(({ unread }) => unread !== undefined),
    },
    {
      title: "CLIENT",
      rank: 4,
      cell: ({ client }) => client ?? "",
      isTold: agents.some(({ client }) => client !== undefined),
    },
    {
      title: "WAKE",
      rank: 5,
      cell: (agent) => wakeWord(agent) ?? "",
      tone: (agent) => (isUsedUp(agent) ? "notice" : undefined),
      isTold: agents.some((agent) => wakeWord(agent) !== null),
    },
    { title: "SEEN", rank: 6, cell: ({ age_ms }) => `${duration(age_ms)} ago` },
    { title: "UPTIME", rank: 10, cell: uptime },
    { title: "TASK", rank: 7, cell: (agent) => held.get(agent.current_task ?? "") ?? "–" },
    { title: "FOLDER", rank: 8, cell: lastName, min: 8, isTold: new Set(agents.map(lastName)).size > 1 },
  ];
  return table(columns, agents, look);
}

function hasOtherName({ id, name }: Agent): boolean {
  return id !== name;
}

function statusText(agent: Agent): string {
  const what = awaited(agent);
  return what === null ? doing(agent).word : `${doing(agent).word}: ${what}`;
}

/** The last name of its folder's path tells work trees of one project apart. */
function lastName({ folder = "" }: Agent): string {
  return folder.split(/[/\\]/).findLast((name) => name !== "") ?? "";
}

function uptime({ first_seen, last_seen }: Agent): string {
  return duration(Date.parse(last_seen) - Date.parse(first_seen));
}
