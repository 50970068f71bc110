import { factLines, type Fact } from "../facts.ts";
import { textOf, type StoredMessage } from "../../core/message.ts";
import type { Need, Task, WholeTask } from "../../core/task.ts";
import { shortIds } from "../../core/short-id.ts";
import { plain, plainLines } from "../../core/text.ts";
import { stateTones, type Tone } from "../../tui/terminal/theme.ts";
import { duration } from "../../tui/time.ts";
import { table, type Column, type Look } from "../table.ts";

/** Tasks as a table for a person; with the project of each where tasks of several are listed. */
export function taskTable(tasks: readonly Task[], now: number, look: Look & { projects?: boolean }): string {
  if (tasks.length === 0) return "No tasks.";
  const ids = shortIds(tasks.map((task) => task.id));
  const columns: Column<Task>[] = [
    { title: "NO", rank: 1, cell: numberOf },
    // the number does for typing, and is shorter
    { title: "ID", rank: 9, cell: (task) => ids.get(task.id) ?? task.id },
    { title: "AGE", rank: 4, cell: (task) => age(task.created_at, now) },
    { title: "PRIO", rank: 6, cell: (task) => task.priority, min: 6, tone: priorityTone },
    // words as they are used; only what is longer than any of them is ever cut
    { title: "KIND", rank: 5, cell: (task) => task.kind, min: 16 },
    {
      title: "STATE",
      rank: 2,
      cell: stateWord,
      tone: (task) => (asks(task) ? "ask" : stateTones[task.state]),
    },
    { title: "AGENT", rank: 7, cell: (task) => task.claimed_by ?? "", min: 12 },
    { title: "TO", rank: 8, cell: (task) => task.to ?? "", min: 6 },
    { title: "NEEDS", rank: 7, cell: blockersOf, min: 6 },
    { title: "NAME", rank: 3, cell: (task) => task.name, min: 14 },
  ];
  if (look.projects) columns.splice(-2, 0, projectColumn(tasks));
  const told = columns.filter((column) => isTold(column, tasks));
  return table(told, tasks, look);
}

/** A node's number is its run's. */
function numberOf({ number, run_id }: Task): string {
  return number === undefined || run_id !== undefined ? "" : String(number);
}

/** What waits for its needs is pending too, but nobody can take it. */
function stateWord(task: Task): string {
  if (asks(task)) return `${task.state} ?`;
  return task.ready === false ? "blocked" : task.state;
}

/** Whether a task of the board waits for the answer to a question. */
function asks({ state, run_id }: Task): boolean {
  return state === "waiting" && run_id === undefined;
}

/** The numbers of the tasks that a blocked one waits for. */
function blockersOf({ blocked_by = [] }: Task): string {
  return blocked_by.map(({ id, number }) => number ?? id.slice(0, 13)).join(", ");
}

/** Low is for some day; high and urgent are for now. What other words mean only their users know. */
function priorityTone({ priority }: Task): Tone | undefined {
  return priorityTones.get(priority);
}

const priorityTones: ReadonlyMap<string, Tone> = new Map([
  ["urgent", "failed"],
  ["high", "notice"],
  ["low", "detail"],
]);

/** What has no project is everybody's. */
function projectColumn(tasks: readonly Task[]): Column<Task> {
  const names = projectNames(tasks.flatMap(({ project }) => project ?? []));
  return {
    title: "PROJECT",
    rank: 4,
    cell: ({ project }) => (project === undefined ? "–" : (names.get(project) ?? project)),
    min: 8,
  };
}

/** Each project by the end of its path: the last name, or as many as tell it from the others. */
function projectNames(projects: readonly string[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  let unnamed = [...new Set(projects)];
  for (let count = 1; unnamed.length > 0 && count <= maxNames; count += 1) {
    const ends = Map.groupBy(unnamed, (project) => endOf(project, count));
    for (const [end, [project = end, ...others]] of ends) if (others.length === 0) names.set(project, end);
    unnamed = unnamed.filter((project) => !names.has(project));
  }
  return names;
}

const maxNames = 8;

function endOf(project: string, count: number): string {
  const names = project.split(/[/\\]/).filter((name) => name !== "");
  return names.slice(-count).join("/") || project;
}

/** Nobody is told that there is nothing to tell. */
function isTold(column: Column<Task>, tasks: readonly Task[]): boolean {
  return column.rank < 7 || tasks.some((task) => column.cell(task) !== "");
}

/** What a command did to a task, as one line. It begins with what the next command calls the task. */
export function taskLine(task: Task): string {
  const number = task.run_id === undefined && task.number !== undefined ? `${task.number}  ` : "";
  return plain(`${number}${task.id}  ${task.state}  ${task.name}`);
}

/** All there is to a task. */
export function taskDetail(task: WholeTask, now: number): string {
  const fields: Fact[] = [
    ["name", task.name],
    ["number", task.run_id === undefined ? task.number?.toString() : undefined],
    ["id", task.id],
    ["state", stateOf(task, now)],
    ["reason", task.reason],
    ["kind", task.kind],
    ["priority", task.priority],
    ["to", task.to],
    ["project", task.project],
    ["context", task.context_id],
    ["node", task.run_id === undefined ? undefined : `${task.number} of run ${task.run_id}`],
    ["needs", task.needs?.join(" ")],
    ...(task.blocked_by ?? []).map((need): Fact => ["waits for", needText(need)]),
    ["created", `${task.created_at} (${age(task.created_at, now)} ago)`],
    ["updated", `${task.updated_at} (${age(task.updated_at, now)} ago)`],
    ["seq", String(task.seq)],
    ...(task.question?.options ?? []).map((option): Fact => ["option", option]),
    ["answer", task.question && `cord answer ${task.number ?? task.id} TEXT`],
  ];
  const texts: [string, unknown][] = [
    ["prompt", task.prompt],
    ["payload", task.payload],
    ["question", task.question?.question],
    ["result", task.result],
    ...(task.artifacts ?? []).map((artifact): [string, unknown] => [
      plain(`artifact ${artifact.name ?? artifact.artifactId}`),
      textOf(artifact),
    ]),
    ["messages", task.messages?.map(messageText).join("\n")],
  ];
  return [
    ...factLines(fields),
    ...texts.flatMap(([name, value]) => (value === undefined || value === null ? [] : block(name, value))),
  ].join("\n");
}

/** Its further lines are indented: none of them looks like another message. */
function messageText({ at, by, role, ...message }: StoredMessage): string {
  const text = plainLines(textOf(message)).replaceAll("\n", "\n    ");
  return `${at} ${plain(by ?? role)}: ${text}`;
}

function stateOf(task: Task, now: number): string {
  if (asks(task)) return `waiting for the answer to the question of ${task.claimed_by}, epoch ${task.epoch}`;
  if (task.claimed_by === null)
    return task.ready === false ? "blocked (pending, its needs are not met)" : task.state;
  if (task.lease_until === undefined) return `${task.state} by ${task.claimed_by}`;
  const left = Date.parse(task.lease_until) - now;
  return `${task.state} by ${task.claimed_by}, epoch ${task.epoch}, ${left > 0 ? `${duration(left)} left` : "its lease has ended"}`;
}

function needText({ number, id, name, state }: Need): string {
  return `${number ?? id} ${name} (${state})`;
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
