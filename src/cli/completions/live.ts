import { createClient, type Client } from "../../client/client.ts";
import { daemonHere } from "../../client/daemon-here.ts";
import type { Filter } from "../../core/filter.ts";
import { shortIds } from "../../core/short-id.ts";
import { plain } from "../../core/text.ts";
import { messageKind } from "../../core/words.ts";
import { print } from "../output.ts";
import { stateWords } from "../board/flags.ts";
import { projectOf } from "../options.ts";
import type { Live } from "./words.ts";

/** A word, and what it stands for. */
type Word = readonly [word: string, about?: string];

/**
 * The time limit, counted from the start of the process, because a person has pressed Tab and waits. After a slow
 * start the daemon gets what is left of it.
 */
const withinMs = 100;
const askedForMs = 50;

/**
 * `cord complete-words WHAT COMMAND WORD`, called by the shells' scripts: prints a line for each word that WORD may
 * become, followed by a tab and its description. What is not known in time is left out. It starts no daemon and
 * reports no errors.
 */
export async function printLiveWords([what = "", command = "", typed = ""]: string[]): Promise<number> {
  const comma = typed.lastIndexOf(",") + 1;
  const [before, begun] = [typed.slice(0, comma), typed.slice(comma)];
  const words = (await wordsInTime(what, { command, begun })).filter(
    ([word]) => word.startsWith(begun) && isHarmless(word),
  );
  const lines = words.map(([word, about]) =>
    about === undefined ? `${before}${word}` : `${before}${word}\t${plain(about).slice(0, aboutLength)}`,
  );
  if (lines.length > 0) await print(lines.join("\n")).catch(() => {});
  return 0;
}

const aboutLength = 60;

/** A shell reads these words: nothing in them may mean anything to it. */
function isHarmless(word: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._+/-]{0,127}$/.test(word);
}

async function wordsInTime(what: string, asked: Omit<Asked, "call">): Promise<readonly Word[]> {
  const find = Object.entries(sources).find(([name]) => name === what)?.[1];
  if (!find) return [];
  try {
    return await find({ ...asked, call: callerInTime() });
  } catch {
    return [];
  }
}

/** Calls to the daemon, if there has ever been one here, which fail when the time is up. Without what would start one. */
function callerInTime(): Client["call"] {
  const daemon = daemonHere();
  if (daemon === null) return () => Promise.reject(new Error());
  const signal = AbortSignal.timeout(Math.max(askedForMs, withinMs - performance.now()));
  const late = new Promise<never>((_, reject) => signal.addEventListener("abort", reject, { once: true }));
  late.catch(() => {});
  const client = createClient(daemon);
  return (name, input) => Promise.race([client.call(name, input, signal), late]);
}

interface Asked {
  command: string;
  begun: string;
  call: Client["call"];
}

const sources: Readonly<Record<Live, (asked: Asked) => Promise<readonly Word[]>>> = {
  task: tasks,
  node: nodes,
  run: runs,
  nodeOrRun: async (asked) => [...(await nodes(asked).catch(() => [])), ...(await runs(asked))],
  kind: kinds,
  agent: agents,
  state: async () => stateWords.map((word) => [word]),
  priority: async () => ["low", "normal", "high", "urgent"].map((word) => [word]),
};

/** The tasks that a command takes; the others take any. */
const takenBy: Readonly<Record<string, Pick<Filter, "state" | "ready" | "kind">>> = {
  claim: { ready: true },
  extend: { state: ["claimed"] },
  complete: { state: ["claimed"] },
  fail: { state: ["claimed"] },
  release: { state: ["claimed"] },
  say: { state: ["claimed"] },
  ask: { state: ["claimed"] },
  answer: { state: ["waiting"] },
  tell: { state: ["pending", "claimed", "waiting"] },
  cancel: { state: ["pending", "claimed", "waiting", "paused"] },
  reply: { kind: messageKind },
  inbox: { kind: messageKind, state: ["pending"] },
  send: { state: ["pending", "claimed", "waiting", "paused"] },
};

const maxTasks = 50;

/** By their numbers, and by their ids once one is begun. */
async function tasks({ command, begun, call }: Asked): Promise<Word[]> {
  const taken = Object.hasOwn(takenBy, command) ? takenBy[command] : {};
  const fields = ["id", "name", "number"];
  const { items } = await call("tasks/page", { ...taken, project: projectOf(), limit: maxTasks, fields });
  const ids = shortIds(items.map(({ id }) => id));
  const ofBoard = items.flatMap(({ id, name, number }): Word[] => [
    ...(number === undefined ? [] : ([[String(number), name]] as const)),
    ...(begun === "" ? [] : ([[ids.get(id) ?? id, name]] as const)),
  ]);
  if (command !== "answer" && command !== "tell") return ofBoard;
  return [...(await nodes({ call }).catch(() => [])), ...ofBoard];
}

async function nodes({ call }: Pick<Asked, "call">): Promise<Word[]> {
  const run = await call("runs/get", { project: projectOf() });
  return run.nodes.map(({ number, status, goal }) => [String(number), `${status}  ${goal}`]);
}

async function runs({ command, call }: Asked): Promise<Word[]> {
  const found = await call("runs/list", { project: projectOf(), limit: maxTasks });
  const ids = shortIds(found.map(({ id }) => id));
  const ofRuns = found.map(({ id, status, goal }): Word => [ids.get(id) ?? id, `${status}  ${goal}`]);
  return command === "runs" ? [["rm", "removes runs that are over"], ...ofRuns] : ofRuns;
}

const commonKinds = ["task", "bug", "feature", "decision", "ack", "knowledge", "build", "message"];

/** The common ones, also where no daemon is, and those in use. */
async function kinds({ call }: Asked): Promise<Word[]> {
  const page = { project: projectOf(), limit: maxTasks, fields: ["kind"] };
  const used = await call("tasks/page", page).catch(() => ({ items: [] }));
  return [...new Set([...commonKinds, ...used.items.map(({ kind }) => kind)])].map((kind) => [kind]);
}

async function agents({ call }: Asked): Promise<Word[]> {
  const found = await call("agents/list", { project: projectOf() });
  return found.map(({ id, status, name }) => [id, `${status}  ${name}`]);
}
