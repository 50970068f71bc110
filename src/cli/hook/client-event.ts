import { callOnce } from "../../client/client.ts";
import type { Connection } from "../../client/connection/connection.ts";
import { reservationModeIn } from "../../client/project/tab-settings.ts";
import { tabHere } from "../../client/tab-here.ts";
import { hookAnswer, type HookClient, type HookWord } from "../../core/hook-answer.ts";
import type { HookEvent } from "../../core/tab.ts";
import { environment } from "../../system/environment.ts";
import { print } from "../output.ts";
import { connectionHere } from "../../client/daemon-here.ts";
import { readInput, type HookInput } from "./hook-input.ts";

/**
 * The time limit, counted from the start of the process, because a turn of the client waits. After a slow start the daemon gets what is
 * left of it, or at least a moment.
 */
const maxMs = 190;
const minMs = 50;

/**
 * Answers one hook of a client: reads what it says from stdin, asks the daemon, and prints what the client is to be told, in its form.
 * Where anything is in the way, or late, nothing is printed: a hook never fails and never holds a turn. Starts no daemon.
 */
export async function answerHook(client: HookClient, event: HookEvent): Promise<number> {
  const late = Promise.withResolvers<string>();
  const timer = setTimeout(late.resolve, leftMs(), "");
  const answer = await Promise.race([answerOf(client, event).catch(() => ""), late.promise]);
  clearTimeout(timer);
  if (answer !== "") await print(answer).catch(() => {});
  return 0;
}

async function answerOf(client: HookClient, event: HookEvent): Promise<string> {
  const input = await readInput(Bun.stdin.stream(), client, event);
  if (input === null || (event === "edit" && input.paths.length === 0)) return "";
  const connection = connectionHere();
  if (connection === null) return "";
  const ask = askerOf(connection, input);
  const word = await ask(event, !hearsLate.has(client));
  const isLate = event === "tool" && input.paths.length > 0 && hearsLate.has(client);
  const late = isLate ? (await ask("edit", true)).context : null;
  const context = [late, word.context].filter((text) => text !== null).join(" ");
  return hookAnswer(client, event, { ...word, context });
}

/** Before an edit these only hear that it must not be made; what their model is to know of it is told after it. */
const hearsLate: ReadonlySet<HookClient> = new Set(["gemini", "cursor"]);

function askerOf(
  connection: Connection,
  { cwd, paths, isStopActive }: HookInput,
): (event: HookEvent, isHeard: boolean) => Promise<HookWord> {
  const agentId = environment.CORD_AGENT;
  const who = { ...tabHere(), ...(agentId ? { agentId } : {}), ...(cwd === null ? {} : { cwd }) };
  return (event, isHeard) => {
    // as the project has it now, also for who has no tab
    const about =
      event === "edit"
        ? { paths, isHeard, mode: reservationModeIn(cwd ?? ".") }
        : event === "stop"
          ? { isStopActive }
          : {};
    return callOnce(connection, "tabs/hook", { ...who, event, ...about }, leftMs());
  };
}

function leftMs(): number {
  return Math.max(minMs, maxMs - performance.now());
}
