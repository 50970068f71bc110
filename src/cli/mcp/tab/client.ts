import { clientKindOf } from "../../../core/client-kind.ts";
import type { Environment } from "../../../core/environment.ts";
import { isJsonObject } from "../../../core/json.ts";
import type { ClientKind } from "../../../core/tab.ts";
import { beginningOf, plain } from "../../../core/text.ts";
import { ClaudeLink } from "./claude-link.ts";
import { ClaudeSessionFile } from "./claude-session.ts";
import { CodexLink } from "./codex-link.ts";
import type { ClientLink } from "./link.ts";
import { OtherLink } from "./other-link.ts";

/** Who the bridge's client is, by what it says of itself and its environment. */
export interface TabClient {
  kind: ClientKind;
  version: string | null;
  link: ClientLink;
}

/** Null: the message does not say. Source: MCP, `initialize`; since 2026-07-28 each request says it in its `_meta`. */
export function clientIn(message: unknown, env: Environment, parent: number): TabClient | null {
  if (!isJsonObject(message) || !isJsonObject(message["params"])) return null;
  const { clientInfo, _meta: meta } = message["params"];
  const said = message["method"] === "initialize" ? clientInfo : isJsonObject(meta) && meta[infoKey];
  if (!isJsonObject(said)) return null;
  const { name, version } = said;
  const kind = clientKindOf(typeof name === "string" ? name : "");
  return { kind, version: versionOf(version), link: linkOf(kind, env, parent) };
}

const infoKey = "io.modelcontextprotocol/clientInfo";
const maxLetters = 64;

function versionOf(version: unknown): string | null {
  const text = typeof version === "string" ? beginningOf(plain(version).trim(), maxLetters) : "";
  return text === "" ? null : text;
}

function linkOf(kind: ClientKind, env: Environment, parent: number): ClientLink {
  switch (kind) {
    case "claude":
      return new ClaudeLink(env, new ClaudeSessionFile(env, parent));
    case "codex":
      return new CodexLink(env, parent);
    case "opencode":
      return new OtherLink(Number(/^\d{1,10}$/.exec(env.OPENCODE_PID ?? "")?.[0] ?? parent));
    case "gemini":
    case "cursor":
    case "vscode":
    case "windsurf":
    case "zed":
    case "antigravity":
      return new OtherLink(parent);
    case "other": {
      // Claude Code under another name leaves the same file
      const file = new ClaudeSessionFile(env, parent);
      return file.pid === parent && file.read() !== null ? new ClaudeLink(env, file) : new OtherLink(parent);
    }
    default:
      return kind satisfies never;
  }
}
