import { isJsonObject } from "../core/json.ts";
import { environment } from "../system/environment.ts";
import { messageOf } from "../core/error.ts";
import { nodeNumber } from "../core/words.ts";
import { readAssignment, type Assignment } from "./assignment.ts";
import { McpClient } from "./mcp.ts";
import { breakDown } from "./plan.ts";

/**
 * The rehearsal agent: a process like any other agent, which reads the same prompt and speaks MCP to the daemon, but
 * calls no model. It breaks its task down by headings and lists, and completes with a text that says it is a rehearsal.
 * It reads and prints Claude Code's stream-json, so that the engine treats both alike. Resolves to the exit code, when
 * its stdin ends.
 */
export async function runRehearsal(): Promise<number> {
  const { CORD_MCP_URL: url = "", CORD_TOKEN: token = "", CORD_SESSION_ID: sessionId = "" } = environment;
  let client: McpClient;
  try {
    client = await McpClient.connect(url, token);
  } catch (error) {
    printInit(sessionId, "failed");
    printResult(sessionId, false, `The rehearsal could not reach the daemon: ${messageOf(error)}`);
    return 1;
  }
  printInit(sessionId, "connected");
  const agent = new RehearsalAgent(client);
  let exit = 0;
  let first = true;
  for await (const line of console) {
    const text = textOf(line);
    if (text === null) continue;
    try {
      printResult(
        sessionId,
        true,
        first ? await agent.perform(readAssignment(text)) : "Heard, in rehearsal.",
      );
      first = false;
    } catch (error) {
      printResult(sessionId, false, messageOf(error));
      exit = 1;
      break;
    }
  }
  return exit;
}

/** How long a node pretends to work, when CORD_REHEARSAL_MS does not say: enough to be seen. */
const defaultPauseMs = 400;

class RehearsalAgent {
  readonly #client: McpClient;

  constructor(client: McpClient) {
    this.#client = client;
  }

  /** What it says at its end. */
  async perform(assignment: Assignment): Promise<string> {
    const notes = assignment.phase === "work" ? await this.#grow(assignment) : handedIn(assignment);
    await Bun.sleep(pauseMs(assignment.node));
    const text = [
      `Rehearsal of ${assignment.node} "${assignment.goal}": no model was called.`,
      ...notes,
    ].join("\n");
    const { error } = await this.#call("complete", { result: inForm(assignment.returns, text) });
    if (error !== null) throw new Error(`complete was refused: ${error}`);
    return text;
  }

  /** Creates a child for each step of the task, but not again for one that an earlier attempt created. */
  async #grow({ task, children }: Assignment): Promise<string[]> {
    const earlier = new Map(children.map(({ goal, node }) => [goal, node]));
    const nodes: (string | null)[] = [];
    const refused: string[] = [];
    for (const { goal, prompt, needs } of breakDown(task)) {
      const known = earlier.get(goal);
      const created =
        known === undefined
          ? await this.#call("create", { goal, prompt, needs: needs.flatMap((index) => nodes[index] ?? []) })
          : { node: known, error: null };
      nodes.push(created.node);
      if (created.error !== null) refused.push(`Not created: "${goal}": ${created.error}`);
    }
    if (nodes.length === 0) return ["The task holds no list, so it is one piece of work."];
    return [`It would fan out to ${nodes.filter((node) => node !== null).join(", ")}.`, ...refused];
  }

  async #call(
    tool: string,
    args: Record<string, unknown>,
  ): Promise<{ node: string | null; error: string | null }> {
    printAssistant({ type: "tool_use", id: crypto.randomUUID(), name: `mcp__cord__${tool}`, input: args });
    const { error, created } = await this.#client.call(tool, args);
    return { node: created, error };
  }
}

/** A result of the form that is asked for, as far as a text can be made one. */
function inForm(returns: string, text: string): unknown {
  switch (returns) {
    case "boolean":
      return true;
    case "list":
      return text.split("\n");
    case "structured":
      return { rehearsal: text };
    case "approval":
      return { approved: true, comment: text };
    default:
      return text;
  }
}

function handedIn({ children }: Assignment): string[] {
  const lines = children.map(({ node, status, goal }) => `- ${node} [${status}] ${goal}`);
  return [`Its ${children.length} children handed in:`, ...lines];
}

/** Differs from node to node, and is the same in every rehearsal. */
function pauseMs(node: string): number {
  const base = Number(environment.CORD_REHEARSAL_MS ?? defaultPauseMs);
  const spread = (nodeNumber(node) * 37) % 50;
  return Number.isFinite(base) ? base * (0.75 + spread / 100) : defaultPauseMs;
}

/** The text of a user message; null for any other line. */
function textOf(line: string): string | null {
  try {
    const said: unknown = JSON.parse(line);
    const content = isJsonObject(said) && isJsonObject(said["message"]) ? said["message"]["content"] : null;
    if (!Array.isArray(content)) return null;
    return content.map((part) => (isJsonObject(part) ? String(part["text"]) : "")).join("\n");
  } catch {
    return null;
  }
}

function printInit(sessionId: string, status: "connected" | "failed"): void {
  const mcp_servers = [{ name: "cord", status }];
  print({ type: "system", subtype: "init", session_id: sessionId, model: "rehearsal", mcp_servers });
}

function printAssistant(block: Record<string, unknown>): void {
  const usage = { input_tokens: 0, output_tokens: 0 };
  print({
    type: "assistant",
    message: { id: crypto.randomUUID(), role: "assistant", content: [block], usage },
  });
}

function printResult(sessionId: string, ok: boolean, text: string): void {
  const subtype = ok ? "success" : "error_during_execution";
  print({
    type: "result",
    subtype,
    is_error: !ok,
    result: text,
    session_id: sessionId,
    num_turns: 1,
    total_cost_usd: 0,
    permission_denials: [],
  });
}

function print(line: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
