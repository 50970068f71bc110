import type { Agent, Task } from "../../core/task.ts";
import { shortIds } from "../../core/short-id.ts";
import { plain, plainLines } from "../../core/text.ts";
import { duration } from "../../tui/time.ts";
import { table, type Column } from "./table.ts";

/** Tasks as a table, for a terminal of this width. */
export function taskTable(tasks: readonly Task[], now: number, width: number): string {
  if (tasks.length === 0) return "No tasks.";
  const ids = shortIds(tasks.map((task) => task.id));
  const columns: Column<Task>[] = [
    { title: "ID", rank: 1, cell: (task) => ids.get(task.id) ?? task.id },
    { title: "AGE", rank: 4, cell: (task) => age(task.created_at, now) },
    { title: "PRIO", rank: 6, cell: (task) => task.priority, least: 6 },
    { title: "KIND", rank: 5, cell: (task) => task.kind, least: 6 },
    { title: "STATE", rank: 2, cell: (task) => task.state },
    { title: "AGENT", rank: 7, cell: (task) => task.claimed_by ?? "", least: 12 },
    { title: "TO", rank: 8, cell: (task) => task.to ?? "", least: 6 },
    { title: "NAME", rank: 3, cell: (task) => task.name, least: 14 },
  ];
  const told = columns.filter((column) => isTold(column, tasks));
  return table(told, tasks, width);
}

/** Nobody is told that there is nothing to tell. */
function isTold(column: Column<Task>, tasks: readonly Task[]): boolean {
  return column.rank < 7 || tasks.some((task) => column.cell(task) !== "");
}

export function agentTable(agents: readonly Agent[], width: number): string {
  if (agents.length === 0) return "No agents.";
  const held = shortIds(agents.flatMap((agent) => agent.current_task ?? []));
  return table<Agent>(
    [
      { title: "ID", rank: 1, cell: (agent) => agent.id, least: 10 },
      { title: "NAME", rank: 4, cell: (agent) => agent.name, least: 8 },
      { title: "SEEN", rank: 2, cell: (agent) => `${duration(agent.age_ms)} ago` },
      { title: "UPTIME", rank: 5, cell: (agent) => uptime(agent) },
      { title: "TASK", rank: 3, cell: (agent) => held.get(agent.current_task ?? "") ?? "–" },
    ],
    agents,
    width,
  );
}

/** What a command did to a task, as one line: its id first, for scripts that cut it off. */
export function taskLine(task: Task): string {
  return plain(`${task.id}  ${task.state}  ${task.name}`);
}

/** All there is to a task. */
export function taskDetail(task: Task, now: number): string {
  const fields: [string, string | undefined][] = [
    ["name", task.name],
    ["id", task.id],
    ["state", stateOf(task, now)],
    ["reason", task.reason],
    ["kind", task.kind],
    ["priority", task.priority],
    ["to", task.to],
    ["project", task.project],
    ["node", task.number === undefined ? undefined : `#${task.number} of run ${task.run_id ?? ""}`],
    ["needs", task.needs?.join(" ")],
    ["created", `${task.created_at} (${age(task.created_at, now)} ago)`],
    ["updated", `${task.updated_at} (${age(task.updated_at, now)} ago)`],
    ["seq", String(task.seq)],
  ];
  const texts: [string, unknown][] = [
    ["prompt", task.prompt],
    ["payload", task.payload],
    ["result", task.result],
  ];
  return [
    ...fields.flatMap(([name, value]) => (value === undefined ? [] : `${name.padEnd(9)} ${plain(value)}`)),
    ...texts.flatMap(([name, value]) => (value === undefined || value === null ? [] : block(name, value))),
  ].join("\n");
}

function stateOf(task: Task, now: number): string {
  if (task.claimed_by === null) return task.state;
  if (task.lease_until === undefined) return `${task.state} by ${task.claimed_by}`;
  const left = Date.parse(task.lease_until) - now;
  return `${task.state} by ${task.claimed_by}, epoch ${task.epoch}, ${left > 0 ? `${duration(left)} left` : "its lease has ended"}`;
}

function block(name: string, value: unknown): string[] {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return [
    `${name}:`,
    ...plainLines(text)
      .split("\n")
      .map((line) => `  ${line}`),
  ];
}

function age(timestamp: string, now: number): string {
  return duration(now - Date.parse(timestamp));
}

function uptime(agent: Agent): string {
  return duration(Date.parse(agent.last_seen) - Date.parse(agent.first_seen));
}
