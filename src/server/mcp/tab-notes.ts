import { z } from "zod";
import { askedProjects, elsewhere } from "../../core/project.ts";
import { Task } from "../../core/task.ts";
import { nodeName } from "../../core/words.ts";
import { beginningOf, plain } from "../../core/text.ts";
import { operations } from "../../operations/list.ts";
import type { Services } from "../../operations/context.ts";
import { unending } from "../../operations/unending.ts";
import { actorOf, remember, type Call, type Tab } from "./tab.ts";

/** What a tab should know and did not ask for, a sentence each: what it still holds, and where else there are tasks. */
export async function notesFor(services: Services, tab: Tab, call: Call, result: unknown): Promise<string[]> {
  return [
    ...(await heldNote(services, tab, call, result)),
    ...(await elsewhereNote(services, tab, call, result)),
  ];
}

/**
 * What each agent is told at its first call since its tab began anew, when it knows nothing of what it did before.
 * Also told with each heartbeat, because some tabs begin anew without anybody noticing.
 */
async function heldNote(services: Services, tab: Tab, call: Call, result: unknown): Promise<string[]> {
  const { operation, input, heldId } = call;
  const agent = actorOf(operation, input) ?? tab.agent ?? tab.own;
  const isTold = !tab.isKept || tab.told.has(agent ?? "");
  if (agent === null || (isTold && operation.introduces === undefined)) return [];
  remember(tab.told, agent);
  const where = tab.project === null ? {} : { project: tab.project };
  const filter = { ...where, claimed_by: agent, state: "claimed,waiting", limit: maxHeld + 1 };
  const found = await perform(services, "tasks/list", agent, filter);
  const about = new Set([heldId, Task.safeParse(result).data?.id]);
  const all = Task.array()
    .parse(found)
    .filter(({ id }) => !about.has(id));
  const [held, asked] = [true, false].map((isHeld) =>
    namesOf(all.filter(({ state }) => (state === "claimed") === isHeld)),
  );
  return [
    ...(held ? [`${plain(agent)} holds, claimed earlier: ${held}. ${whatNow}`] : []),
    ...(asked ? [`${plain(agent)} has asked about: ${asked}. It is yours again once it is answered.`] : []),
  ];
}

const whatNow = "Go on with it and complete it, lengthen it with tasks_extend, or end it with tasks_fail.";

/** Empty for none. */
function namesOf(tasks: readonly Task[]): string {
  const more = tasks.length > maxHeld ? "; and more" : "";
  return `${tasks.slice(0, maxHeld).map(nameOfHeld).join("; ")}${more}`;
}

const maxHeld = 10;
const shownName = 80;

function nameOfHeld({ id, number, run_id, name, lease_until }: Task): string {
  const short = number === undefined ? "" : `${run_id === undefined ? `task ${number}` : nodeName(number)} `;
  const until = lease_until === undefined ? "" : ` until ${lease_until}`;
  return `${short}${JSON.stringify(beginningOf(plain(name), shownName))} (${id})${until}`;
}

/** Said once, with a list that came out empty: whoever looks in the wrong project would wait for ever. */
async function elsewhereNote(services: Services, tab: Tab, call: Call, result: unknown): Promise<string[]> {
  const { operation, input } = call;
  const isEmpty = "all_projects" in operation.input.shape && EmptyPage.safeParse(result).success;
  if (!isEmpty || tab.toldElsewhere || tab.project === null || input["all_projects"] === true) return [];
  const now = services.monotonic();
  if (now - tab.lookedElsewhereAt < looksEveryMs) return [];
  tab.lookedElsewhereAt = now;
  const listed = await perform(services, "projects/list", tab.agent, { limit: askedProjects });
  const note = elsewhere(operations["projects/list"].output.parse(listed), tab.project);
  if (note === null) return [];
  tab.toldElsewhere = true;
  return [
    `${note} tasks_list with all_projects: true shows them, and so does "cord tasks --all" in a shell.`,
  ];
}

/** A tab that asks again and again for what is not there costs one look so often. */
const looksEveryMs = 500;

const EmptyPage = z.object({ items: z.array(z.unknown()).max(0) });

function perform(
  services: Services,
  name: "tasks/list" | "projects/list",
  agent: string | null,
  input: object,
): Promise<unknown> {
  return operations[name].perform(services, { kind: "tab", agent }, input, unending);
}
