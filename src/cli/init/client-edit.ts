import { hooksOnWindows } from "../../core/hook-entries.ts";
import type { Client, Hooks } from "./clients.ts";
import type { Edit } from "./edit.ts";
import { coordEntry, jsonEdit, type JsonPart } from "./edit-json.ts";
import { coordTable, tomlEdit } from "./edit-toml.ts";
import { wholeEdit } from "./edit-whole.ts";
import { inPlaceOf } from "./predecessor.ts";

/** What is wished for in the file that names a client's servers. */
interface ServerWish {
  readonly mcp: boolean;
  readonly agents: boolean;
  readonly hooks: boolean;
}

/** How to edit the client's file of servers; undefined when nothing of it is wished for. */
export function serverEdit(
  client: Client,
  wish: ServerWish,
  platform: NodeJS.Platform = process.platform,
): Edit | undefined {
  const { config, hooks } = client;
  if (config.format === "toml") {
    const edit = tomlEdit([config.parent, "cord"], config.entry, config.earlier);
    return wish.mcp ? inPlaceOf(coordTable(config.parent), edit) : undefined;
  }
  const parts: JsonPart[] = [];
  if (wish.mcp) parts.push({ kind: "entry", parent: [config.parent], key: "cord", value: config.entry });
  if (wish.agents && config.context !== undefined) parts.push(config.context);
  if (wish.hooks && hooks !== undefined && isWithServer(client, hooks))
    parts.push(...hookParts(hooks, platform));
  if (parts.length === 0) return undefined;
  const edit = jsonEdit(parts, config.base);
  return wish.mcp ? inPlaceOf(coordEntry(config.parent), edit) : edit;
}

/** How to edit the client's file of hooks; undefined where that is the file of its servers. */
export function hookEdit(
  client: Client,
  hooks: Hooks,
  platform: NodeJS.Platform = process.platform,
): Edit | undefined {
  if (isWithServer(client, hooks)) return undefined;
  const { content } = hooks;
  return content.format === "text"
    ? wholeEdit(content.text)
    : jsonEdit(hookParts(hooks, platform), content.base);
}

function isWithServer({ files }: Client, { file }: Hooks): boolean {
  return files.includes(file);
}

function hookParts({ content }: Hooks, platform: NodeJS.Platform): JsonPart[] {
  if (content.format === "text") return [];
  const forms = [content.entries, hooksOnWindows(content.entries)];
  const [own = {}, other = {}] = platform === "win32" ? forms.toReversed() : forms;
  const entries = Object.entries(own).map(([key, value]): JsonPart => ({
    kind: "hook",
    parent: ["hooks"],
    key,
    value,
    ...(other[key] === undefined ? {} : { alike: other[key] }),
  }));
  return content.allowed === undefined ? entries : [...entries, content.allowed];
}
