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
import type { PreparedTool, ToolCall } from "./tools.ts";

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
