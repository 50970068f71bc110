import { CordError } from "../../core/error.ts";
import type { Run } from "../../core/run.ts";
import type { Task } from "../../core/task.ts";
import { beginningOf, plain } from "../../core/text.ts";
import { operations, type OperationName } from "../../operations/list.ts";
import type { Services } from "../../operations/context.ts";
import { unending } from "../../operations/unending.ts";
import { randomHex } from "../../system/secret.ts";
import { readBoard } from "./board-resources.ts";
import { aboutFacts, factsText, quoted, runFact, shown, taskFact } from "./prompt-facts.ts";
import type { GetPromptResult, Prompt } from "./protocol.ts";
import { sinceIn } from "./since.ts";
import { handlesOf, type Tab } from "./tab.ts";

/** What a person picks in a tab's client, to be said to its agent: each with what is so on the board at that moment. */
export const prompts: readonly Prompt[] = [
  {
    name: "next",
    title: "Take the next task",
    description: "Claim the next task that is ready on the board, and do it.",
    arguments: [{ name: "kind", description: "Only a task of this kind, such as bug", required: false }],
  },
  {
    name: "handover",
    title: "Hand over what I hold",
    description: "Note where each claimed task stands, and give it back to the board for another agent.",
    arguments: [{ name: "agent", description: "Whose tasks; by default this tab's", required: false }],
  },
  {
    name: "catch-up",
    title: "What happened since",
    description: "What changed on the board and in runs since this tab last caught up.",
    arguments: [
      { name: "since", description: "How far back, such as 30m, 2h or 1d, or a time", required: false },
    ],
  },
];

interface Asking {
  services: Services;
  tab: Tab;
  /** those that are said, and not empty */
  args: Readonly<Record<string, string>>;
  /** those in whose place a client puts what its person says later, as opencode 1.18 does with `$1` */
  later: Readonly<Record<string, string>>;
  nonce: string;
}

/** Throws `invalid` for a prompt that there is none of, and for an argument that it does not take. */
export async function promptNamed(
  services: Services,
  tab: Tab,
  name: string,
  given: Readonly<Record<string, string>>,
): Promise<GetPromptResult> {
  const prompt = prompts.find((one) => one.name === name);
  const write = writers.get(name);
  if (!prompt || !write) throw noPrompt(name);
  const text = await write({ services, tab, ...argumentsOf(prompt, given), nonce: randomHex(16) });
  return {
    ...(prompt.description === undefined ? {} : { description: prompt.description }),
    messages: [{ role: "user", content: { type: "text", text } }],
  };
}

export function noPrompt(name: string, there: readonly Prompt[] = prompts): CordError {
  const known = there.map((one) => one.name).join(", ") || "none";
  return new CordError("invalid", `There is no prompt ${plain(beginningOf(name, 64))}. There are: ${known}.`);
}

function argumentsOf(
  prompt: Prompt,
  given: Readonly<Record<string, string>>,
): Pick<Asking, "args" | "later"> {
  const known = new Set((prompt.arguments ?? []).map(({ name }) => name));
  const args = Object.entries(given).filter(([, value]) => value.trim() !== "");
  const other = args.find(([name]) => !known.has(name));
  if (other)
    throw new CordError(
      "invalid",
      `${prompt.name} has no argument ${plain(beginningOf(other[0], 64))}. It has: ${[...known].join(", ")}.`,
    );
  const long = args.find(([, value]) => value.length > maxArgument);
  if (long) throw new CordError("invalid", `${long[0]} takes ${maxArgument} characters at most.`);
  const said = args.map(([name, value]) => [name, value.trim()] as const);
  return {
    args: Object.fromEntries(said.filter(([, value]) => !placeholder.test(value))),
    later: Object.fromEntries(said.filter(([, value]) => placeholder.test(value))),
  };
}

const placeholder = /^\$(?:\d{1,2}|ARGUMENTS)$/;

/** What an argument means that is filled in later, with `$1` as with nothing. */
function unlessEmpty({ later }: Asking, name: string, meaning: (value: string) => string): string {
  const value = later[name];
  return value === undefined ? "" : ` ${meaning(JSON.stringify(value))}, unless that is empty.`;
}

const maxArgument = 128;

const writers: ReadonlyMap<string, (asking: Asking) => Promise<string>> = new Map([
  ["next", next],
  ["handover", handover],
  ["catch-up", catchUp],
]);

async function next(asking: Asking): Promise<string> {
  const { args, nonce } = asking;
  const kind = args["kind"] === undefined ? {} : { kind: args["kind"] };
  const only = args["kind"] === undefined ? null : quoted(shown(args["kind"], maxArgument));
  const [which, named] = only === null ? ["", ""] : [` of kind ${only}`, `, kind ${only}`];
  const [held, ready] = [
    await heldIn(asking),
    await tasks(asking, { ready: true, ...kind, limit: maxLooked }),
  ];
  const own = new Set(handlesOf(asking.tab));
  const isFilledLater = asking.later["kind"] !== undefined;
  const open = ready
    .filter(({ to }) => to === undefined || own.has(to))
    .slice(0, isFilledLater ? maxReadyOfAny : maxReady);
  const start = `Take the next task${which} of cord's board.${unlessEmpty(asking, "kind", (value) => `Of kind ${value}`)}`;
  const holds =
    held.length === 0
      ? []
      : [
          factsText(
            "You hold these already. Go on with them first, unless you were told otherwise.",
            held.map(taskFact),
            nonce,
          ),
        ];
  if (open.length === 0)
    return paragraphs([
      start,
      ...(held.length === 0 ? [] : [aboutFacts(nonce), ...holds]),
      `No task${which} is ready now. Watch for one with tasks_watch (state "pending"${named}), and go on with something else, or end your turn: you are told when one is there. Then claim it with tasks_claim.`,
    ]);
  return paragraphs([
    start,
    aboutFacts(nonce),
    ...holds,
    factsText("Ready, in the order for taking them:", open.map(taskFact), nonce),
    [
      "1. Claim the first with tasks_claim, under your handle. If another agent was faster, claim the one after it.",
      "2. Read it whole with tasks_get, and do it. Say how it goes with tasks_say. What you cannot decide, ask with tasks_ask.",
      "3. End it: tasks_complete with the result, or tasks_fail with the reason.",
    ].join("\n"),
  ]);
}

async function handover(asking: Asking): Promise<string> {
  const { nonce } = asking;
  const held = await heldIn(asking);
  const whose = unlessEmpty(
    asking,
    "agent",
    (value) => `What agent ${value} holds instead (tasks_list, claimed_by)`,
  );
  if (held.length === 0)
    return paragraphs([
      `Hand over what you hold on cord's board.${whose}`,
      'Nothing is claimed by this tab now. If you act under another handle, look with tasks_list (claimed_by your handle, state "claimed"); else there is nothing to hand over.',
    ]);
  return paragraphs([
    `Hand over what you hold on cord's board, so that another agent can go on with it.${whose}`,
    aboutFacts(nonce),
    factsText("You hold:", held.map(taskFact), nonce),
    [
      "For each of them:",
      "1. Finished already: end it with tasks_complete, and its result.",
      "2. Else note with tasks_say where it stands: what is done, what is left, what you found out, and in which files or branch it is. Leave nothing half saved.",
      "3. Then give it back with tasks_release. One that waits for the answer to your question stays as it is: once you are gone, the answer gives it back.",
      "Claim nothing new meanwhile, and say at the end what you gave back.",
    ].join("\n"),
  ]);
}

async function catchUp(asking: Asking): Promise<string> {
  const { services, tab, args, nonce } = asking;
  const now = services.clock();
  const since = args["since"] === undefined ? null : sinceIn(args["since"], now);
  const before = since === null ? tab.caughtUp : null;
  const from = since ?? before?.at ?? now - firstLookMs;
  const page = operations["tasks/page"].output.parse(
    await read(asking, "tasks/page", { since: before?.seq ?? 0, limit: maxChanged }),
  );
  const changed = page.items.filter(({ updated_at }) => before !== null || Date.parse(updated_at) >= from);
  const runs = (await runsIn(asking)).filter(
    ({ ended_at }) => ended_at === null || Date.parse(ended_at) >= from,
  );
  const held = await heldIn(asking);
  // who fills in later may look without anybody having asked
  if (page.seq !== undefined && asking.later["since"] === undefined)
    tab.caughtUp = { seq: page.seq, at: now };
  const more = changed.length === page.items.length && page.next !== undefined;
  const parts = [
    changed.length === 0 ? "" : factsText("Tasks, the latest change first:", changed.map(taskFact), nonce),
    more ? `More has changed than these ${changed.length}: tasks_list shows all.` : "",
    runs.length === 0 ? "" : factsText("Runs that are open, or have ended since:", runs.map(runFact), nonce),
    held.length === 0 ? "" : factsText("You hold:", held.map(taskFact), nonce),
  ].filter((part) => part !== "");
  const start = `What happened on cord's board since ${new Date(from).toISOString()}${before === null && since === null ? ", a day ago: this tab has not caught up before" : ""}.${unlessEmpty(asking, "since", (value) => `Only what is since ${value} counts`)}`;
  if (parts.length === 0) return paragraphs([start, "Nothing did."]);
  return paragraphs([
    start,
    aboutFacts(nonce),
    ...parts,
    "Say in a few sentences what came, what is done, what failed and why, and what waits for whom. Do nothing about it before you are told to. tasks_get gives each task whole.",
  ]);
}

const firstLookMs = 24 * 3_600_000;

/** How many ready tasks are looked at, and told of; what has changed; what is held; runs; and the handles of a tab. */
const maxLooked = 100;
const maxReady = 5;
const maxReadyOfAny = 20;
const maxChanged = 30;
const maxHeld = 10;
const maxRuns = 10;
const maxHandles = 8;

/** What the tab's agents hold, or the one that is named. */
async function heldIn(asking: Asking): Promise<Task[]> {
  const named = asking.args["agent"];
  const handles = named === undefined ? handlesOf(asking.tab).slice(-maxHandles) : [named];
  const held: Task[] = [];
  for (const claimed_by of handles)
    held.push(...(await tasks(asking, { claimed_by, state: "claimed,waiting", limit: maxHeld })));
  return held.slice(0, maxHeld);
}

async function tasks(asking: Asking, filter: object): Promise<Task[]> {
  return operations["tasks/page"].output.parse(await read(asking, "tasks/page", filter)).items;
}

async function runsIn(asking: Asking): Promise<Run[]> {
  return operations["runs/list"].output.parse(await read(asking, "runs/list", { limit: maxRuns }));
}

function read({ services, tab }: Asking, name: OperationName, input: object): Promise<unknown> {
  return readBoard(services, tab, name, input, unending);
}

function paragraphs(parts: readonly string[]): string {
  return parts.join("\n\n");
}
