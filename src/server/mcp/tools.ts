import { CordError, isDiskTrouble } from "../../core/error.ts";
import { broughtTo } from "../../core/parameter.ts";
import type { Operation, PreparedCall } from "../../operations/operation.ts";
import type { Surface } from "../../operations/context.ts";
import { unexpected } from "../dispatch.ts";
import { bounded, readArguments, toolSurface } from "./arguments.ts";
import { toolNamed, type Profile } from "./catalogue.ts";
import type { CallToolResult } from "./protocol.ts";
import { toolAnswer } from "./tool-answer.ts";

/** What a client calls a tool with. */
export interface ToolCall {
  name: string;
  args: Record<string, unknown>;
}

/** Reads a call of the operation behind a tool, for whoever makes it. Throws what the operation's prepare does. */
type Prepare = (operation: Operation, input: Record<string, unknown>, surface: Surface) => PreparedCall;

/** A call of a tool that has been read. */
export interface PreparedTool extends PreparedCall {
  perform(signal: AbortSignal): Promise<CallToolResult>;
}

/**
 * Runs a call of a tool. A refusal is a result with isError, so that the agent can read it and act on it. In a run it
 * is JSON with an error field, on the board one plain sentence. Throws `invalid` where there is no such tool.
 */
export function prepareTool(profile: Profile, { name, args }: ToolCall, prepare: Prepare): PreparedTool {
  const notes: string[] = [];
  const fail = (error: unknown) =>
    refused(profile, error instanceof CordError ? error : unexpected(error), notes);
  const { operation, parameters } = toolNamed(profile, name);
  try {
    const { input, ignored } = readArguments(parameters, args);
    if (ignored !== null) notes.push(ignored);
    const within = bounded(parameters, broughtTo(operation.input, input));
    notes.push(...within.notes);
    const call = prepare(operation, within.input, toolSurface(notes));
    return {
      holdsOpenMs: call.holdsOpenMs,
      waitsFor: call.waitsFor,
      perform: (signal) =>
        call
          .perform(signal)
          .then((result) => toolAnswer(result, notes))
          .catch(fail),
    };
  } catch (error) {
    const result = fail(error);
    return { holdsOpenMs: 0, perform: () => Promise.resolve(result) };
  }
}

/** What was left out may be why the rest does not fit, so it is said there too. */
function refused(profile: Profile, { code, toAgents }: CordError, notes: readonly string[]): CallToolResult {
  const said = [toAgents, ...(code === "invalid" ? notes : [])].join(" ");
  const text = profile === "tree" ? JSON.stringify({ error: said }) : said;
  return { isError: true, content: [{ type: "text", text }] };
}

/**
 * Does work, and retries it while the disk is full, so that an agent's result is taken as soon as there is space:
 * each retry of the agent's own would cost a call of its model. Gives up before the 30 s for which a connection may
 * carry no byte.
 */
export async function untilThereIsRoom<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isDiskTrouble(error) || error.code === "locked" || signal.aborted || tries >= maxTries)
        throw error;
    }
    await Bun.sleep(retryMs);
  }
}

const retryMs = 500;
const maxTries = 40;
