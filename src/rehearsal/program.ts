import { isJsonObject } from "../core/json.ts";
import { environment } from "../system/environment.ts";
import { messageOf } from "../core/error.ts";
import { nodeNumber } from "../core/words.ts";
import { readAssignment, type Assignment } from "./assignment.ts";
import { McpClient } from "./mcp.ts";
import { marksIn } from "./marks.ts";
import { breakDown, type Step } from "./plan.ts";

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
  // it is known from here on that it spends nothing, also where it is ended in mid-work
  printAssistant([]);
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
      const limitSeconds = error instanceof Played ? error.limitSeconds : null;
      if (limitSeconds !== null) printLimit(limitSeconds);
      printResult(sessionId, false, messageOf(error), limitSeconds === null ? null : 429);
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

  /** What it says at its end. Throws Played where a mark of the plan ends it otherwise. */
  async perform(given: Assignment): Promise<string> {
    const assignment = isOld(given) ? await this.#again(given) : given;
    const notes =
      assignment.phase === "work" ? await this.#work(assignment, isOld(given)) : handedIn(assignment);
    await Bun.sleep(pauseMs(assignment.node));
    const text = [
      `Rehearsal of ${assignment.node} "${assignment.goal}": no model was called.`,
      ...notes,
    ].join("\n");
    const { error } = await this.#call("complete", { result: inForm(assignment.returns, text) });
    if (error !== null) throw new Error(`complete was refused: ${error}`);
    return text;
  }

  /** A session that goes on was told its task before; it is read again. */
  async #again(given: Assignment): Promise<Assignment> {
    const { node } = attemptHere();
    const { said } = await this.#client.call("read_node", { node_id: node });
    const { goal, prompt, returns } = said;
    const task = typeof prompt === "string" ? prompt : String(goal ?? "");
    return { ...given, node, goal: String(goal ?? ""), task, returns: String(returns ?? "text") };
  }

  /** Its children, and what the marks in its task say. A limit and a question come once, a failure as often as it says. */
  async #work(assignment: Assignment, isOld: boolean): Promise<string[]> {
    const { marks, unknown } = marksIn(assignment.task);
    const { epoch } = attemptHere();
    const notes = isOld ? [] : await this.#grow(assignment);
    for (const mark of marks) {
      if (mark.kind === "fail" && epoch <= mark.times) throw new Played("It fails, as the plan says.", null);
      if (isOld || epoch > 1) continue;
      if (mark.kind === "limit") throw new Played("You've hit your limit, as the plan says.", mark.seconds);
      if (mark.kind === "ask") {
        const { error } = await this.#call("ask", { question: mark.question });
        notes.push(error === null ? `It asked: ${mark.question}` : `Not asked: ${error}`);
      }
    }
    return [
      ...notes,
      ...unknown.map((words) => `No rehearsal knows "${words}": say limit 10s, ask or fail.`),
    ];
  }

  /** Creates a child for each step of the task, but not again for one that an earlier attempt created. */
  async #grow({ task, children }: Assignment): Promise<string[]> {
    const earlier = new Map(children.map(({ goal, node }) => [goal, node]));
    const created: Created = { nodes: [], labels: new Map() };
    const refused: string[] = [];
    for (const step of breakDown(task)) {
      const { goal, label, problems } = step;
      refused.push(...problems.map((problem) => `In "${goal}": ${problem}`));
      const known = earlier.get(goal);
      const { node, error } =
        known === undefined
          ? await this.#call("create", childOf(step, created))
          : { node: known, error: null };
      created.nodes.push(node);
      if (label !== null && node !== null) created.labels.set(label, node);
      if (error !== null) refused.push(`Not created: "${goal}": ${error}`);
    }
    if (created.nodes.length === 0)
      return ["The task holds no list, so it is one piece of work.", ...refused];
    return [`It would fan out to ${created.nodes.filter((node) => node !== null).join(", ")}.`, ...refused];
  }

  async #call(
    tool: string,
    args: Record<string, unknown>,
  ): Promise<{ node: string | null; error: string | null }> {
    printAssistant([{ type: "tool_use", id: crypto.randomUUID(), name: `mcp__cord__${tool}`, input: args }]);
    const { error, created } = await this.#client.call(tool, args);
    return { node: created, error };
  }
}

/** A mark of the plan ends an attempt. limitSeconds: the account's allowance is used up for so long; null: it fails. */
class Played extends Error {
  readonly limitSeconds: number | null;

  constructor(message: string, limitSeconds: number | null) {
    super(message);
    this.limitSeconds = limitSeconds;
  }
}

interface Created {
  /** of each step before */
  nodes: (string | null)[];
  labels: Map<string, string>;
}

/** What create() is told of a step. Needs are steps beside it: what stands elsewhere in the plan has no number yet. */
function childOf(step: Step, { nodes, labels }: Created): Record<string, unknown> {
  const { goal, prompt, needs, attributes } = step;
  const { needs: named = [], for_each, timeout_seconds, rehearse: _, ...rest } = attributes;
  const list = for_each === undefined ? undefined : labels.get(for_each);
  const all = [...needs.map((index) => nodes[index] ?? null), ...named.map((one) => labels.get(one) ?? null)];
  return {
    goal,
    prompt,
    ...rest,
    needs: [...new Set(all.filter((node) => node !== null))],
    ...(list === undefined ? {} : { for_each: list }),
    ...(timeout_seconds === undefined ? {} : { timeout: timeout_seconds }),
  };
}

/** Whether it is the prompt of a session that goes on: it does not say who the agent is. */
function isOld({ node, task }: Assignment): boolean {
  return node === "#0" && task === "";
}

/** Of the mark that the engine gives its agents, run/node/epoch. */
function attemptHere(): { node: string; epoch: number } {
  const [, node = "0", epoch = "1"] = (environment.CORD_ATTEMPT ?? "").split("/");
  return { node: `#${node}`, epoch: Number(epoch) };
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

function printAssistant(content: readonly Record<string, unknown>[]): void {
  const usage = { input_tokens: 0, output_tokens: 0 };
  print({
    type: "assistant",
    message: { id: crypto.randomUUID(), role: "assistant", content, usage },
  });
}

/** As Claude Code says that a subscription's window is used up; the result behind it has the status 429. */
function printLimit(seconds: number): void {
  const resetsAt = Math.ceil(new Date().getTime() / 1000) + seconds;
  const rate_limit_info = { status: "rejected", resetsAt, rateLimitType: "five_hour", isUsingOverage: false };
  print({ type: "rate_limit_event", rate_limit_info, session_id: environment.CORD_SESSION_ID });
}

function printResult(sessionId: string, ok: boolean, text: string, status: number | null = null): void {
  const subtype = ok ? "success" : "error_during_execution";
  print({
    type: "result",
    subtype,
    is_error: !ok,
    ...(status === null ? {} : { api_error_status: status }),
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
