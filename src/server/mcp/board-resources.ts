import { CordError } from "../../core/error.ts";
import { isJsonObject } from "../../core/json.ts";
import { operations, type OperationName } from "../../operations/list.ts";
import type { Services } from "../../operations/context.ts";
import { unending } from "../../operations/unending.ts";
import { toolSurface } from "./arguments.ts";
import type { Catalogue } from "./features.ts";
import type { Resource, ResourceTemplate } from "./protocol.ts";
import { fittingFields, fittingItems, jsonResource, mimeType } from "./resource-text.ts";
import { updatesOf, type Shown } from "./resource-updates.ts";
import { resourceNamed, type ResourceList, type ResourceName } from "./resource-uri.ts";
import type { Tab } from "./tab.ts";
import { cutIn } from "./tool-answer.ts";

/** Where a tab is, and as whom it asks. */
export type Seat = Pick<Tab, "project" | "agent">;

type Resources = Pick<Catalogue, "resources" | "resourceTemplates" | "readResource" | "watch">;

/** What a tab can read beside calling tools: the tasks, agents and runs of its project, each list and each one of it. */
export function boardResources(services: Services, seat: Seat): Resources {
  const contents = (name: ResourceName, signal: AbortSignal): Promise<unknown> => {
    const read = (operation: OperationName, input: object = {}) =>
      readBoard(services, seat, operation, input, signal);
    if (!("id" in name)) return lists[name.kind](read);
    if (name.kind === "task") return readTask(services, seat, name.id, signal);
    return read("runs/get", { run_id: name.id }).catch(nullIfNone);
  };
  return {
    resources: () => resources,
    resourceTemplates: () => templates,
    async readResource(uri, signal) {
      const name = resourceNamed(uri);
      const found = name && (await contents(name, signal));
      if (!name || !isJsonObject(found)) return null;
      return jsonResource(uri, shortened(name, found));
    },
    async watch(uri, onUpdated) {
      const name = resourceNamed(uri);
      if (!name) return null;
      const shown =
        "id" in name
          ? shownBy(name.kind, await contents(name, unending))
          : { kind: name.kind, project: seat.project };
      return shown && updatesOf(services.bus).watch(shown, onUpdated);
    },
  };
}

/** Asks as the tab would by a tool: what it may see is the operation's affair. */
export function readBoard(
  services: Services,
  { project, agent }: Seat,
  name: OperationName,
  input: object,
  signal: AbortSignal,
  notes: string[] = [],
): Promise<unknown> {
  const where = project === null ? {} : { project };
  return operations[name].perform(
    services,
    { kind: "tab", agent },
    { ...where, ...input },
    signal,
    toolSurface(notes),
  );
}

/** With what is said beside it. */
async function readTask(services: Services, seat: Seat, id: string, signal: AbortSignal): Promise<unknown> {
  const notes: string[] = [];
  const task = await readBoard(services, seat, "tasks/get", { id }, signal, notes);
  return isJsonObject(task) && notes.length > 0 ? { ...task, note: notes.join(" ") } : task;
}

const maxListed = 100;

export const resources: readonly Resource[] = [
  {
    uri: "cord://tasks",
    name: "tasks",
    title: "Tasks of this project",
    description: "The board: the newest tasks of this project in any state, with who holds them.",
    mimeType,
  },
  {
    uri: "cord://agents",
    name: "agents",
    title: "Agents of this project",
    description: "Who works here: the agents last seen, and the task that each holds.",
    mimeType,
  },
  {
    uri: "cord://runs",
    name: "runs",
    title: "Runs of this project",
    description: "The newest trees of agents that were grown from a goal, and how they stand.",
    mimeType,
  },
];

export const templates: readonly ResourceTemplate[] = [
  {
    uriTemplate: "cord://tasks/{id}",
    name: "task",
    title: "One task",
    description: "A task whole, by its id, its number in this project, or a unique beginning of its id.",
    mimeType,
  },
  {
    uriTemplate: "cord://runs/{id}",
    name: "run",
    title: "One run",
    description: "A run with all its nodes, by its id or a unique beginning of it.",
    mimeType,
  },
];

type Read = (operation: OperationName, input?: object) => Promise<unknown>;

/** How each list is read, and how the rest of it is had. */
const lists: Record<ResourceList, (read: Read) => Promise<object>> = {
  async tasks(read) {
    const page = operations["tasks/page"].output.parse(await read("tasks/page", { limit: maxListed }));
    const rest = "tasks_list gives the rest a page at a time, and filters.";
    const fitting = fittingItems(page.items, rest);
    const more = fitting.note ?? (page.next === undefined ? undefined : `There are more. ${rest}`);
    const notes = [...(more === undefined ? [] : [more]), ...cutIn(page.items)];
    return { items: fitting.items, ...(notes.length === 0 ? {} : { note: notes.join(" ") }) };
  },
  async agents(read) {
    const agents = operations["agents/list"].output.parse(await read("agents/list"));
    return fittingItems(agents, "agents_list gives them all.");
  },
  async runs(read) {
    const runs = operations["runs/list"].output.parse(await read("runs/list", { limit: maxListed }));
    return fittingItems(runs, '"cord runs" in a shell gives them all.');
  },
};

/** A run is cut by its nodes: those that are not over come first. */
function shortened(name: ResourceName, found: Record<string, unknown>): object {
  if (name.kind === "task") return fittingFields(found, "tasks_get has whole what is named in cut.");
  if (name.kind !== "run") return found;
  const { run, nodes, seq } = operations["runs/get"].output.parse(found);
  const rest = `"cord tree ${run.id}" in a shell gives all.`;
  const byUrgency = nodes.toSorted(
    (one, other) => Number(one.ended_at !== null) - Number(other.ended_at !== null),
  );
  const { items, note } = fittingItems(byUrgency, rest);
  const isWhole = note === undefined;
  return { run, nodes: isWhole ? nodes : items, seq, ...(isWhole ? {} : { note }) };
}

/** Events name a task and a run by the whole id. */
function shownBy(kind: "task" | "run", found: unknown): Shown | null {
  const row = kind === "run" && isJsonObject(found) ? found["run"] : found;
  const id = isJsonObject(row) ? row["id"] : null;
  return typeof id === "string" ? { kind, id } : null;
}

export function nullIfNone(error: unknown): null {
  if (error instanceof CordError && error.code === "not_found") return null;
  throw error;
}
