import { CordError } from "../../core/error.ts";
import { sessionHeaders } from "../../core/session.ts";
import type { Caller } from "../../core/tree.ts";
import type { Services } from "../../operations/context.ts";
import type { Calls } from "./calls.ts";
import { toolList } from "./catalogue.ts";
import type {
  Completion,
  CompletionArgument,
  CompletionReference,
  GetPromptResult,
  Prompt,
  ReadResourceResult,
  Resource,
  ResourceTemplate,
  Tool,
} from "./protocol.ts";
import { toolsInRun } from "./run-tools.ts";
import type { Session, Sessions } from "./sessions.ts";
import { prepareInTab } from "./tab-call.ts";
import type { TabRequest } from "./tab-request.ts";
import { reminderOf } from "./tab.ts";
import { prepareTool, untilThereIsRoom, type PreparedTool, type ToolCall } from "./tools.ts";

/** What there is for a caller, whichever generation of MCP it speaks, and how that is used. */
export interface Catalogue {
  /** What the caller's model should know before it sees any tool; null: nothing. */
  instructions(): string | null;
  tools(): readonly Tool[] | Promise<readonly Tool[]>;
  /** Reads a call of a tool. */
  callTool(call: ToolCall): PreparedTool;
  /** The list never changes. */
  resources(): readonly Resource[];
  resourceTemplates(): readonly ResourceTemplate[];
  /** Null: there is none of this URI for this caller. */
  readResource(uri: string, signal: AbortSignal): Promise<ReadResourceResult | null>;
  /**
   * Calls back when a resource has changed, at most once a second, until the returned function is called; the last change is
   * always told. Null: there is none of this URI for this caller.
   */
  watch(uri: string, onUpdated: () => void): Promise<(() => void) | null>;
  /** The list never changes. */
  prompts(): readonly Prompt[];
  /** Throws `invalid` for a prompt that is not in the list, and for arguments that do not fit it. */
  getPrompt(name: string, args: Readonly<Record<string, string>>): Promise<GetPromptResult>;
  /** What may stand for a variable of a template or an argument of a prompt. Throws `invalid` for what is in neither list. */
  complete(reference: CompletionReference, argument: CompletionArgument): Promise<Completion>;
}

/** Whoever sent a request, as the methods of MCP see it: what there is for it, and what is kept of it. */
export interface Client extends Catalogue {
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
  return {
    tools: () => toolsInRun(services, caller.runId),
    callTool: (call) =>
      prepareTool("tree", call, (operation, input, surface) => {
        const { perform, ...read } = operation.prepare(services, caller, input, surface);
        return { ...read, perform: (signal) => untilThereIsRoom(() => perform(signal), signal) };
      }),
    calls,
    headers: () => ({}),
    ...nothingElse,
  };
}

/** A tab, known by its session, and what a request of it says. */
export function tabClient(
  services: Services,
  sessions: Sessions,
  session: Session,
  said: TabRequest,
): Client {
  return {
    tools: () => toolList("board"),
    callTool(call) {
      const { perform, ...read } = prepareTool("board", call, (operation, input, surface) =>
        prepareInTab({ services, tab: session, said }, operation, input, surface),
      );
      return { ...read, perform: (signal) => sessions.during(session, () => perform(signal)) };
    },
    calls: session.calls,
    headers: () => ({ [sessionHeaders.id]: session.id, [sessionHeaders.memory]: reminderOf(session) }),
    ...nothingElse,
  };
}

const nothingElse: Omit<Catalogue, "tools" | "callTool"> = {
  instructions: () => null,
  resources: () => [],
  resourceTemplates: () => [],
  readResource: () => Promise.resolve(null),
  watch: () => Promise.resolve(null),
  prompts: () => [],
  getPrompt: () => Promise.reject(new CordError("invalid", "There are no prompts.")),
  complete: () => Promise.resolve({ values: [] }),
};
