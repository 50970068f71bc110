import { isAbsolute } from "node:path";
import type { HookClient } from "../../core/hook-answer.ts";
import { editedPaths } from "../../core/edited-paths.ts";
import { isJsonObject, tryParseJson } from "../../core/json.ts";
import { limits } from "../../core/limits.ts";
import type { HookEvent } from "../../core/tab.ts";

/** What a client says at a hook, as far as cord wants to know. */
export interface HookInput {
  /** where the client is at work */
  cwd: string | null;
  /** of a tool that changes files: those, as the client names them */
  paths: string[];
  /** the turn goes on because it was blocked from ending before */
  isStopActive: boolean;
}

/** Larger input is not read: the hook has nothing to say then. */
export const maxInputBytes = 1_048_576;

/** Null: it is no JSON of a hook, or too large. Reads no more than it has to. */
export async function readInput(
  stream: AsyncIterable<Uint8Array>,
  client: HookClient,
  event: HookEvent,
): Promise<HookInput | null> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > maxInputBytes) return null;
    chunks.push(chunk);
  }
  const said = tryParseJson(Buffer.concat(chunks).toString("utf8"));
  return isJsonObject(said) ? inputIn(said, client, event) : null;
}

/** Cursor says `loop_count` for how often a turn went on, and `workspace_roots` for where it is. */
function inputIn(said: Record<string, unknown>, client: HookClient, event: HookEvent): HookInput {
  const { cwd, workspace_roots: roots, stop_hook_active: isActive, loop_count: loops } = said;
  const [root] = Array.isArray(roots) ? roots : [];
  const folder = [cwd, root].find((one) => typeof one === "string" && isAbsolute(one));
  const isStopActive = isActive === true || isActive === "true" || (typeof loops === "number" && loops > 0);
  return {
    cwd: typeof folder === "string" && folder.length <= limits.pathLength ? folder : null,
    paths: changesFiles(client, event, said["tool_name"]) ? editedPaths(said["tool_input"]) : [],
    isStopActive,
  };
}

/** Before an edit the client's matcher has looked at the tool already, but in VS Code, which knows none. */
function changesFiles(client: HookClient, event: HookEvent, tool: unknown): boolean {
  if (event === "edit" && client !== "vscode") return true;
  const isOfTool = event === "edit" || event === "tool";
  return isOfTool && typeof tool === "string" && /edit|write|create|replace|insert|delete|patch/i.test(tool);
}
