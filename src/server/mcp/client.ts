import { sessionHeaders } from "../../core/session.ts";
import type { Caller } from "../../core/tree.ts";
import type { Services } from "../../operations/context.ts";
import { boardResources } from "./board-resources.ts";
import type { Calls } from "./calls.ts";
import { toolList } from "./catalogue.ts";
import { completeInRun, completeOnBoard } from "./completions.ts";
import type { Catalogue } from "./features.ts";
import { prepareHook } from "./hook-call.ts";
import { boardInstructions, instructions } from "./instructions.ts";
import { noPrompt, promptNamed, prompts } from "./prompts.ts";
import { runResources } from "./run-resources.ts";
import { toolsInRun } from "./run-tools.ts";
import type { Session, Sessions } from "./sessions.ts";
import { prepareInTab } from "./tab-call.ts";
import { knowHandle } from "./tab-identity.ts";
import type { TabRequest } from "./tab-request.ts";
import { onlyHandle, reminderOf } from "./tab.ts";
import { prepareTool, untilThereIsRoom } from "./tools.ts";

/** Whoever sent a request, as the methods of MCP see it: what there is for it, and what is kept of it. */
export interface Client extends Catalogue {
  /** What its session is told of; null: it has no session. */
  subscriptions: { add(uri: string): Promise<boolean>; remove(uri: string): void } | null;
  /** Those of its calls that are under way, also with other requests: it may take one back. */
  calls: Pick<Calls, "during" | "cancel">;
  /** The headers of an answer, as they are once the calls are answered. */
  headers(): Record<string, string>;
}

/** An agent of a run. What its calls need is in its token, so nothing is kept of it but what it has under way. */
export function nodeClient(
  services: Services,
  caller: Caller & { kind: "node" },
  calls: Client["calls"],
): Client {
  const resources = runResources(services, caller);
  return {
    instructions: () => instructions.tree,
    tools: () => toolsInRun(services, caller.runId),
    callTool: (call) =>
      prepareHook(services, caller, call) ??
      prepareTool("tree", call, (operation, input, surface) => {
        const { perform, ...read } = operation.prepare(services, caller, input, surface);
        return { ...read, perform: (signal) => untilThereIsRoom(() => perform(signal), signal) };
      }),
    calls,
    headers: () => ({}),
    subscriptions: null,
    ...resources,
    prompts: () => [],
    getPrompt: (name) => Promise.reject(noPrompt(name, [])),
    complete: (reference, argument) =>
      completeInRun(services, caller, resources.resourceTemplates(), reference, argument),
  };
}

/** A tab, known by its session, and what a request of it says. */
export function tabClient(
  services: Services,
  sessions: Sessions,
  session: Session,
  said: TabRequest,
): Client {
  const { subscriptions } = session;
  const resources = boardResources(services, session);
  return {
    instructions: () => boardInstructions(session),
    tools: () => toolList("board"),
    callTool(call) {
      const hook = prepareHook(services, { kind: "tab", agent: onlyHandle(session) }, call);
      if (hook !== null) return hook;
      const { perform, ...read } = prepareTool("board", call, (operation, input, surface) =>
        prepareInTab({ services, tab: session, said }, operation, input, surface),
      );
      return { ...read, perform: (signal) => sessions.during(session, () => perform(signal)) };
    },
    calls: session.calls,
    headers: () => ({
      [sessionHeaders.id]: session.id,
      [sessionHeaders.memory]: reminderOf(session, subscriptions.uris),
    }),
    subscriptions: {
      add: (uri) => subscriptions.add(uri, resources.watch),
      remove: (uri) => subscriptions.remove(uri),
    },
    ...resources,
    prompts: () => prompts,
    async getPrompt(name, args) {
      await knowHandle(services, session);
      return promptNamed(services, session, name, args);
    },
    complete: (reference, argument) =>
      completeOnBoard(services, session, resources.resourceTemplates(), reference, argument),
  };
}
