import { z } from "zod";
import type { RpcClient } from "../rpc.ts";

/** An agent of the board, by its JSON-RPC: it waits for tasks, claims them, and says how they go. */
export interface Holder {
  /** Waits for a task of this name that is ready, and claims it. */
  next(name: string): Promise<Held>;
}

export interface Held {
  id: string;
  /** as the board gives it, with its messages */
  task: z.infer<typeof Whole>;
  say(text: string): Promise<void>;
  /** Resolves with the answer; the claim is its own again. */
  ask(question: string, options?: string[]): Promise<unknown>;
  complete(what?: { result?: unknown; artifacts?: object[] }): Promise<void>;
  fail(reason: string): Promise<void>;
}

const Told = z.looseObject({ messageId: z.string(), role: z.string(), parts: z.array(z.unknown()) });
const Whole = z.looseObject({
  id: z.string(),
  name: z.string(),
  epoch: z.number(),
  messages: z.array(Told).default([]),
});
const Asked = z.object({ task: Whole, answer: z.unknown() });

export function holderOf(board: RpcClient, agentId = "holder"): Holder {
  const call = async (method: string, params: object) => {
    const { result, error } = await board.rpc(method, params);
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  };
  const held = async (id: string): Promise<Held> => {
    const task = Whole.parse(await call("tasks/get", { id }));
    let { epoch } = task;
    const mine = () => ({ id, agentId, epoch });
    return {
      id,
      task,
      say: async (text) => void (await call("tasks/say", { ...mine(), text })),
      async ask(question, options) {
        const asked = await call("tasks/ask", { ...mine(), question, options, wait_seconds: 100 });
        const { task, answer } = Asked.parse(asked);
        epoch = task.epoch;
        return answer;
      },
      complete: async (what = {}) => void (await call("tasks/complete", { ...mine(), ...what })),
      fail: async (reason) => void (await call("tasks/fail", { ...mine(), reason })),
    };
  };
  return {
    async next(name) {
      const wanted = { state: "pending", name_contains: name, limit: 1, wait_ms: 60_000 };
      const [task] = z.array(Whole).parse(await call("tasks/list", wanted));
      if (task === undefined) throw new Error("No task came.");
      await call("tasks/claim", { id: task.id, agentId, leaseSeconds: 600 });
      return held(task.id);
    },
  };
}
