import { tooLarge } from "../../client/client.ts";
import { CordError, messageOf } from "../../core/error.ts";
import { hookToolText } from "../../core/hook-answer.ts";
import { idKey, isExactNumber, isJsonObject, parseJson, type ExactNumber } from "../../core/json.ts";
import { namesItsVersion } from "../../core/mcp-version.ts";
import { sessionHeaders } from "../../core/session.ts";
import type { Connection } from "../../client/connection/connection.ts";
import { DaemonSession, type Answer, type Sent } from "./daemon-session.ts";
import { linesOf } from "./lines.ts";
import { headersBeside, relaySubscription } from "./stateless.ts";
import { noticesOf } from "./waiting-call.ts";
import type { ClientProject } from "./client-project.ts";
import { hookCallIn, Hooks } from "./tab/hooks.ts";
import type { Tab } from "./tab/tab.ts";

interface BridgeOptions {
  connection: Connection;
  input: AsyncIterable<Uint8Array>;
  output: (line: string) => void;
  clientProject: ClientProject;
  /** that the client is; null: an agent of a run is no tab */
  tab: Tab | null;
  /** where the bridge was started */
  folder: string;
}

/**
 * MCP over stdio in front of the daemon's MCP over HTTP: each input line is a request, its answer is an output line.
 * It knows no tools; the daemon remembers the session. Resolves when the input ends.
 */
export async function runBridge(options: BridgeOptions): Promise<void> {
  const { input } = options;
  const { tab } = options;
  const session = new DaemonSession(options.connection, { output: options.output, tab: tab?.id ?? null });
  const hooks = new Hooks(options);
  const calls = new Map<string, AbortController>();
  const underWay = new Set<Promise<void>>();
  for await (const line of linesOf(input)) {
    if (line.trim() === "") continue;
    const relayed = relay(session, calls, line, { ...options, hooks }).finally(() =>
      underWay.delete(relayed),
    );
    underWay.add(relayed);
    // a client that does not wait for answers, such as a script that writes all lines at once, has no session yet
    if (!session.hasBegun) await Promise.race([session.begun, relayed]);
  }
  tab?.end();
  session.endListening();
  const bound = AbortSignal.timeout(finishTimeoutMs);
  bound.addEventListener("abort", () => calls.forEach((call) => call.abort()), { once: true });
  await Promise.allSettled(underWay);
  await session.close();
}

/** What was asked before the input ended is still answered, unless it waits for something. */
const finishTimeoutMs = 1000;

async function relay(
  session: DaemonSession,
  calls: Map<string, AbortController>,
  line: string,
  options: BridgeOptions & { hooks: Hooks },
): Promise<void> {
  const { output, clientProject, tab, hooks } = options;
  const message = messageIn(line);
  if (!message) return output(notJson);
  if (clientProject.heard(message.said)) return;
  const { id, method } = message;
  const hook = id === undefined ? null : hookCallIn(message.said);
  if (hook !== null) {
    output(toolResult(message, hookToolText(await hooks.answer(hook))));
    // a tab that can be woken from now on is not woken for what it was just told
    return tab?.heard(message.said);
  }
  tab?.heard(message.said);
  if (message.cancels !== undefined) calls.get(idKey(message.cancels))?.abort();
  const call = new AbortController();
  if (id !== undefined) calls.set(idKey(id), call);
  try {
    const beside = headersBeside(message.said);
    if (beside) await session.begin(call.signal);
    else if (!session.hasBegun && !begins(message.said)) throw notBegun();
    const sent = { line, beside, signal: call.signal, onNotice: noticesOf(output) };
    const answer = await askDaemon(session, sent, message, options);
    if (answer === null || call.signal.aborted) return;
    if (method === "initialize") session.agreed(versionIn(answer.text));
    if (message.isUnnumbered && answer.text !== "") output(answer.text);
    else if (id !== undefined) output(lineOf(answer, message));
    // where a client works it says after its initialize; a look at the disk keeps no answer
    if (method !== "initialize" && answer.status < 300) tab?.answered();
  } catch (error) {
    if (call.signal.aborted) return;
    if (id !== undefined || message.isUnnumbered) output(refusal(message, messageOf(error)));
  } finally {
    if (id !== undefined) calls.delete(idKey(id));
  }
}

/** Null: it had no answer when its client took it back. */
async function askDaemon(
  session: DaemonSession,
  sent: Sent,
  message: Message,
  { clientProject, tab }: BridgeOptions,
): Promise<Answer | null> {
  if (message.method === "tools/call") {
    await tab?.settled();
    return callTool(session, sent, clientProject, tab?.conversation ?? null);
  }
  const where = await whereFor(message, clientProject);
  const isEndless = message.method === listening && sent.beside !== null;
  return isEndless ? relaySubscription(session, sent, where) : session.send(sent, where);
}

/** What a message needs to know of where its client works; before it is answered the client may not have said it. */
async function whereFor(
  { isUnnumbered, method = "" }: Message,
  clientProject: ClientProject,
): Promise<Record<string, string>> {
  if (readsProject.has(method)) await clientProject.settled();
  return isUnnumbered || readsProject.has(method) ? headersOf(clientProject.project) : {};
}

const listening = "subscriptions/listen";
const readsProject: ReadonlySet<string> = new Set([
  "completion/complete",
  "prompts/get",
  "resources/read",
  "resources/subscribe",
  listening,
]);

/** Also a batch may: it is answered as a whole. */
function begins(said: unknown): boolean {
  const [message]: unknown[] = Array.isArray(said) ? said : [said];
  return isJsonObject(message) && message["method"] === "initialize";
}

function notBegun(): CordError {
  return new CordError("invalid_request", "Call initialize first: it begins the session.");
}

/** A tool is called in the client's project. What its agent should know of that goes with the first call that succeeds. */
async function callTool(
  session: DaemonSession,
  sent: Sent,
  clientProject: ClientProject,
  conversation: string | null,
): Promise<Answer> {
  await clientProject.settled();
  const headers = headersOf(clientProject.project);
  const notice = clientProject.takeNotice();
  if (notice !== null) headers[sessionHeaders.notice] = encodeURIComponent(notice);
  if (conversation !== null) headers[sessionHeaders.conversation] = conversation;
  let isTold = notice === null;
  try {
    const answer = await session.send(sent, headers);
    isTold ||= answer.status === 200 && !answer.text.includes('"isError":true');
    return answer;
  } finally {
    if (!isTold) clientProject.untold();
  }
}

function headersOf(project: string): Record<string, string> {
  return { [sessionHeaders.project]: encodeURIComponent(project) };
}

const notJson = JSON.stringify({
  jsonrpc: "2.0",
  id: null,
  error: { code: -32700, message: "The line is not JSON." },
});

type Id = string | number | ExactNumber;

interface Message {
  /** the line, parsed */
  said: unknown;
  /** what is answered under no id of its own: a batch, or an id that is none */
  isUnnumbered?: boolean;
  id?: Id;
  method?: string;
  /** the id of the call that this one takes back */
  cancels?: Id;
}

/** The answer as it came. What is no JSON-RPC, such as the refusal of a body that is too large, becomes one. */
function lineOf({ status, text }: Answer, message: Message): string {
  if (status === 413) return refusal(message, tooLarge);
  const said = parsed(text);
  if (isJsonObject(said) && said["jsonrpc"] === "2.0" && idKey(said["id"]) === idKey(message.id)) return text;
  const { code, reason } = refusedIn(said);
  return refusal(message, reason ?? `The daemon answered ${status}, and nothing that can be read.`, code);
}

function refusedIn(said: unknown): { code?: number; reason?: string } {
  const error = isJsonObject(said) ? said["error"] : undefined;
  if (typeof error === "string") return { reason: error };
  if (!isJsonObject(error)) return {};
  const { code } = error;
  return { reason: String(error["message"]), ...(typeof code === "number" ? { code } : {}) };
}

function toolResult(message: Message, text: string): string {
  const result = { content: [{ type: "text", text }], ...completeness(message) };
  return JSON.stringify({ jsonrpc: "2.0", id: message.id, result });
}

/** What MCP 2026-07-28 wants in each result. */
function completeness({ said }: Message): { resultType?: "complete" } {
  return namesItsVersion(said) ? { resultType: "complete" } : {};
}

/** An agent reads a tool's error and can act on it; any other is the protocol's. */
function refusal(asked: Message, message: string, code = -32000): string {
  const { id, method } = asked;
  const answer =
    method === "tools/call"
      ? { result: { isError: true, content: [{ type: "text", text: message }], ...completeness(asked) } }
      : { error: { code, message } };
  return JSON.stringify({ jsonrpc: "2.0", id: id ?? null, ...answer });
}

/** Null: the line is no JSON. */
function messageIn(line: string): Message | null {
  const message = parsed(line);
  if (message === undefined) return null;
  if (!isJsonObject(message)) return { said: message, isUnnumbered: true };
  const params = isJsonObject(message["params"]) ? message["params"] : {};
  const [id, cancels] = [idOf(message["id"]), idOf(params["requestId"])];
  const { method } = message;
  return {
    said: message,
    ...(id === undefined ? { isUnnumbered: "id" in message } : { id }),
    ...(typeof method === "string" ? { method } : {}),
    ...(method === "notifications/cancelled" && cancels !== undefined ? { cancels } : {}),
  };
}

function idOf(id: unknown): Id | undefined {
  return typeof id === "string" || typeof id === "number" || isExactNumber(id) ? id : undefined;
}

/** What the server agreed to in its answer to initialize. */
function versionIn(text: string): string {
  const answer = parsed(text);
  const result = isJsonObject(answer) && isJsonObject(answer["result"]) ? answer["result"] : {};
  return String(result["protocolVersion"] ?? "2025-06-18");
}

/** A number that no JSON can hold is refused by the daemon, in an answer to the call's id. */
function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    return error instanceof CordError ? JSON.parse(text) : undefined;
  }
}
