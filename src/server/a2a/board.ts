import { TaskNotFoundError } from "@a2a-js/sdk/errors";
import type { z } from "zod";
import { CordError } from "../../core/error.ts";
import { quoted } from "../../core/text.ts";
import type { Task, WholeTask } from "../../core/task.ts";
import type { Caller } from "../../core/tree.ts";
import type { Services } from "../../operations/context.ts";
import { operations, type Operations } from "../../operations/list.ts";

/** The operations of the board that A2A's methods are made of, for one caller. */
export interface Board {
  send(input: Input<"tasks/send">): Promise<Task>;
  tell(input: Input<"tasks/tell">): Promise<Task>;
  cancel(id: string): Promise<void>;
  latest(input: Input<"tasks/latest">): Promise<z.output<Operations["tasks/latest"]["output"]>>;
  /**
   * The task of this very id, with so many of its newest messages. Throws TaskNotFoundError where there is none that the caller
   * may see, and says of one that was archived when that was.
   */
  get(id: string, messages?: number): Promise<WholeTask>;
}

type Input<Name extends keyof Operations> = z.input<Operations[Name]["input"]>;

/** Why a task was cancelled that a client of A2A has cancelled. */
export const cancelledByClient = "cancelled by its A2A client";

export function boardFor(services: Services, caller: Caller, signal: AbortSignal): Board {
  return {
    send: async (input) => sent.output.parse(await sent.perform(services, caller, input, signal)),
    tell: async (input) => told.output.parse(await told.perform(services, caller, input, signal)),
    cancel: async (id) =>
      void (await cancelled.perform(services, caller, { id, reason: cancelledByClient }, signal)),
    latest: async (input) => latest.output.parse(await latest.perform(services, caller, input, signal)),
    async get(id, messages) {
      const task = await found(async () =>
        got.output.parse(await got.perform(services, caller, { id, messages }, signal)),
      );
      // a number or the beginning of an id names a task to people, not here
      if (task?.id !== id.toLowerCase()) throw notFound(id);
      return task;
    },
  };
}

const sent = operations["tasks/send"];
const told = operations["tasks/tell"];
const latest = operations["tasks/latest"];
const got = operations["tasks/get"];
const cancelled = operations["tasks/cancel"];

/** What may not be seen is as if it were not there, and so is what is no id. */
async function found(look: () => Promise<WholeTask | null>): Promise<WholeTask | null> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof CordError && "archived" in error.data) throw new TaskNotFoundError(error.toAgents);
    if (error instanceof CordError && hidden.some((code) => code === error.code)) return null;
    throw error;
  }
}

const hidden = ["not_allowed", "conflict", "invalid", "not_found"] as const;

function notFound(id: string): TaskNotFoundError {
  return new TaskNotFoundError(`There is no task ${quoted(id, 80)}.`);
}
