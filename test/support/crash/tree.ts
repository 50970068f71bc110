import { z } from "zod";
import { call, calls, say, type Script, type Turn } from "../claude/model.ts";
import type { Reply } from "../claude/reply.ts";
import { calledIn } from "../claude/tab-script.ts";

/**
 * A tree whose agents can be cut off anywhere: each looks at where it stands before it does anything twice, as a careful model would.
 * Below the root are teams of leaves, one of them serial, and one leaf for each item of a list.
 */
export interface Plan {
  teams: number;
  leaves: number;
}

/** What a leaf does beside its work. waits: it asks a person and waits; later: it asks, and is started again with the answer. */
type Duty = "none" | "check" | "waits" | "later";

export const rootGoal = "Whole";
const lister = "Lister";
const serialTeam = 2;
const items = (plan: Plan) => range(plan.leaves).map((index) => `e.${index}`);
export const each = "Leaf {item}";
const leaf = (name: string) => `Leaf ${name}`;
const team = (index: number) => `Team ${index}`;

/** The check of a leaf refuses its first result. It takes so long that it can be cut off. */
const check = (name: string) => `echo . >> "check ${name}"; sleep 0.4; [ $(wc -l < "check ${name}") -ge 2 ]`;

/** All nodes that the run has in the end, but for the questions. */
export function goalsOf(plan: Plan): string[] {
  const teams = range(plan.teams).flatMap((index) => [team(index), ...leavesOf(plan, index)]);
  return [rootGoal, ...teams, lister, each, ...items(plan).map(leaf)];
}

/** The goals of the leaves that ask a person. */
export function askingIn(plan: Plan): string[] {
  return goalsOf(plan).filter((goal) => ["waits", "later"].includes(dutyOf(goal)));
}

/** The goals of the nodes whose result has to be checked; the root's is the run's own. */
export function checkedIn(plan: Plan): string[] {
  return goalsOf(plan).filter((goal) => dutyOf(goal) === "check");
}

/** What a person answers to the question that this leaf asks. */
export const answerTo = (goal: string) => `answer-to-${nameIn(goal)}`;
export const askerIn = (question: string) => /^Which colour has (.*)\?$/.exec(question)?.[1] ?? "";
export const question = (goal: string) => `Which colour has ${goal}?`;

/** What the leaf hands in; the result of the run holds it for each leaf, once. */
export function resultOf(goal: string): string {
  const duty = dutyOf(goal);
  return duty === "waits" || duty === "later" ? `{${goal} ${answerTo(goal)}}` : `{${goal}}`;
}

export function wholeResult(plan: Plan): string {
  const leaves = goalsOf(plan).filter((goal) => goal !== each && goal.startsWith("Leaf "));
  return leaves.map(resultOf).toSorted().join(" ");
}

/** mayEnd: the root's synthesis waits for it. */
export function treeScript(plan: Plan, mayEnd: Promise<unknown>): Script {
  return async (turn) => {
    if (calledIn(turn).includes("complete") && turn.lastResults.length > 0)
      return turn.lastResults.at(-1)?.isError === true ? afterError(turn) : say("Done.");
    const goal = goalIn(turn);
    if (turn.phase === "synthesis") {
      if (goal === rootGoal) await mayEnd;
      return complete(dutyOf(goal) === "later" ? heard(turn, goal) : partsIn(turn));
    }
    if (goal === rootGoal || goal.startsWith("Team ")) return planned(plan, goal, turn);
    if (goal === lister) return complete(items(plan));
    return worked(goal, turn);
  };
}

/** Creates what is missing, as often as something is. */
function planned(plan: Plan, goal: string, turn: Turn): Reply {
  const [read] = turn.lastResults;
  if (read === undefined || read.isError || !calledIn(turn).includes("read_tree")) return call("read_tree");
  const own = ownIn(Tree.parse(JSON.parse(read.text.split("\n")[0] ?? "")), goal);
  const missing = childrenOf(plan, goal, own).filter(({ goal }) => !own.some((child) => child.goal === goal));
  return missing.length === 0 ? complete("Planned.") : calls(missing.map((child) => ["create", child]));
}

function childrenOf(
  plan: Plan,
  goal: string,
  own: readonly Tree[],
): { goal: string; [name: string]: unknown }[] {
  if (goal !== rootGoal)
    return leavesOf(plan, Number(nameIn(goal))).map((goal) => ({
      goal,
      ...(dutyOf(goal) === "check" ? { check: check(nameIn(goal)) } : {}),
    }));
  const list = own.find((child) => child.goal === lister);
  return [
    ...range(plan.teams).map((index) => ({
      goal: team(index),
      ...(index === serialTeam ? { type: "serial" } : {}),
    })),
    { goal: lister, returns: "list" },
    ...(list === undefined ? [] : [{ goal: each, for_each: list.id }]),
  ];
}

/** One call of its own, then what is its duty. */
function worked(goal: string, turn: Turn): Reply {
  const all = JSON.stringify(turn.messages);
  const duty = dutyOf(goal);
  if (!all.includes('"name":"Bash"')) return call("Bash", { command: "true" });
  if (all.includes(answerTo(goal)) || duty === "none" || duty === "check") return complete(resultOf(goal));
  const wait = duty === "waits" ? { wait_seconds: 600 } : {};
  // one that was told so ends, also when it was cut off since: it is started again with the answer
  if (duty === "later" && all.includes("No answer yet")) return complete("I asked.");
  return call("ask", { question: question(goal), ...wait });
}

function heard({ messages }: Turn, goal: string): string {
  const isThere = JSON.stringify(messages).includes(answerTo(goal));
  return isThere ? resultOf(goal) : `{${goal} was not told}`;
}

/** A call that came to nothing because the daemon was away is made again; what it refuses for good is let be. */
function afterError({ messages, lastResults }: Turn): Reply {
  const isAway = !/Your attempt at \S+ is over/.test(lastResults.at(-1)?.text ?? "");
  const last = messages.findLast(({ role }) => role === "assistant")?.content ?? [];
  const completes = last.flatMap((block) => Complete.safeParse(block).data ?? []);
  const [first] = completes;
  return isAway && first !== undefined ? call("complete", first.input) : say("Done.");
}

function complete(result: unknown): Reply {
  return call("complete", { result });
}

/** What the leaves have handed in, of the prompt of the synthesis. */
function partsIn({ messages }: Turn): string {
  const all = JSON.stringify(messages);
  const given = all.slice(all.lastIndexOf("Phase: synthesis"));
  return [...new Set(given.match(/\{Leaf [^{}]*\}/g) ?? [])].toSorted().join(" ");
}

/** By the last prompt; an item stands between delimiters there. */
function goalIn({ messages }: Turn): string {
  const all = JSON.stringify(messages);
  const found = [...all.matchAll(/\\nGoal: (.*?)\\n\\n<task-/g)].at(-1)?.[1];
  if (found === undefined) throw new Error(`No goal in ${all.slice(-3000)}`);
  return found.replace(/<[^>]*>/g, "");
}

function ownIn(tree: Tree, goal: string): Tree[] {
  return nodesIn(tree).find((node) => node.goal === goal)?.children ?? [];
}

function nodesIn(tree: Tree): Tree[] {
  return [tree, ...(tree.children ?? []).flatMap(nodesIn)];
}

function leavesOf(plan: Plan, index: number): string[] {
  return range(plan.leaves).map((own) => leaf(`${index}.${own}`));
}

function nameIn(goal: string): string {
  return goal.slice(goal.indexOf(" ") + 1);
}

/** In each team one after the other. What is made for an item is made by cord, and has no duty but to ask. */
function dutyOf(goal: string): Duty {
  const [of, index] = /^Leaf (\w+)\.(\d+)$/.exec(goal)?.slice(1) ?? [];
  if (of === undefined) return "none";
  if (of === "e") return Number(index) % 3 === 1 ? "waits" : "none";
  return (["check", "waits", "later", "none"] as const)[(Number(index) + Number(of)) % 4] ?? "none";
}

const range = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

interface Tree {
  id: string;
  goal: string;
  children?: Tree[] | undefined;
}
const Tree: z.ZodType<Tree> = z.lazy(() =>
  z.object({ id: z.string(), goal: z.string(), children: z.array(Tree).optional() }),
);
const Complete = z.object({
  type: z.literal("tool_use"),
  name: z.literal("mcp__cord__complete"),
  input: z.record(z.string(), z.unknown()),
});
