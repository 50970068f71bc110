import { z } from "zod";
import { rpcCall, rpcAnswer, rpcClient } from "../test/support/rpc.ts";

/**
 * An agent for A2A's compatibility kit: it takes from the board each task that came with a message, and does what the
 * beginning of the message's id says; of a follow-up its own id counts. Tasks without a message are left alone.
 *
 *   cord serve --open --addr 127.0.0.1:7790 --db /tmp/kit.db
 *   CORD_URL=http://127.0.0.1:7790 bun scripts/a2a-worker.ts
 *
 * It speaks the board's JSON-RPC as any program may, and ends with its process: what it held goes back to the board.
 */

/** What is done for a message, in this order. */
interface Scenario {
  says?: string;
  asks?: string;
  worksMs?: number;
  fails?: string;
  result?: unknown;
  artifacts?: readonly object[];
}

const file = { filename: "output.txt", mediaType: "text/plain" };

/** By the beginning of a messageId; of several the longest counts. What the kit's scenarios/*.feature want. */
const scenarios: Readonly<Record<string, Scenario>> = {
  "tck-complete-task": { result: "Hello from TCK" },
  "tck-message-response": { result: "Direct message response" },
  "tck-input-required": { asks: "What else is there to know?" },
  "tck-reject-task": { fails: "rejected" },
  "tck-artifact-text": withParts({ text: "Generated text content" }),
  "tck-artifact-file": withParts({ raw: btoa("Generated file content"), ...file }),
  "tck-artifact-file-url": withParts({ url: "https://example.com/output.txt", ...file }),
  "tck-artifact-data": withParts({ data: { key: "value", count: 42 } }),
  "tck-stream-001": withParts({ text: "Stream hello from TCK" }),
  "tck-stream-003": withParts({ text: "Stream task lifecycle" }),
  "tck-stream-ordering-001": withParts({ text: "Ordered output" }),
  "tck-stream-artifact-text": withParts({ text: "Streamed text content" }),
  "tck-stream-artifact-file": withParts({ raw: btoa("Streamed file content"), ...file }),
  "tck-stream-artifact-chunked": withParts({ text: "chunk-1 " }, { text: "chunk-2" }),
  "test-resubscribe-message-id": { says: "working", worksMs: 4000 },
};
const prefixes = Object.keys(scenarios).toSorted((left, right) => right.length - left.length);

const url = new URL(process.env["CORD_URL"] ?? "http://127.0.0.1:7777/").href;
const board = rpcClient(url, process.env["CORD_TOKEN"] ?? "");
const agentId = `a2a-worker-${process.pid}`;
/** Whatever becomes of a task in a worker that goes, it is on the board again after this. */
const leaseSeconds = 15;
/** Shorter than the time after which Bun gives a request up. */
const answerSeconds = 240;
const roundMs = 10_000;

const Told = z.object({ messageId: z.string(), role: z.string() });
const Task = z.object({ id: z.string(), epoch: z.number(), to: z.string().nullish() });
const Whole = Task.extend({ messages: z.array(Told).optional() });
const Asked = z.object({ task: Task, answer: z.unknown().optional() });

/** What is at work here, and what is another's business: a wait leaves it out. */
const seen = new Set<string>();
for (;;) {
  await call("agents/heartbeat", { id: agentId, name: "A2A worker" });
  const wanted = { state: "pending", limit: 100, wait_ms: roundMs, ignore_ids: [...seen] };
  for (const { id } of z.array(Task).parse(await call("tasks/list", wanted))) {
    seen.add(id);
    void take(id);
  }
}

/** A task from its claim to its end. It may come back: its lease may end, or the answer to a question come late. */
async function take(id: string): Promise<void> {
  try {
    const task = Whole.parse(await call("tasks/get", { id }));
    if (task.to || !task.messages?.length) return;
    const { epoch } = Task.parse(await call("tasks/claim", { id, agentId, leaseSeconds }));
    await work(id, epoch);
  } catch (error) {
    console.error(`${id}: ${String(error)}`);
    await Bun.sleep(1000);
  }
  seen.delete(id);
}

async function work(id: string, epoch: number): Promise<void> {
  const { says, asks, worksMs, fails, result, artifacts } = scenarioOf(await lastMessageId(id));
  const held = { id, agentId, epoch };
  if (says !== undefined) await call("tasks/say", { ...held, text: says });
  if (asks !== undefined) return ask(held, asks);
  if (worksMs !== undefined) await Bun.sleep(worksMs);
  if (fails !== undefined) await call("tasks/fail", { ...held, reason: fails });
  else await call("tasks/complete", { ...held, result, artifacts });
}

/** Goes on by the answer's own id. An answer that comes later finds the task on the board again, after its lease. */
async function ask(held: { id: string; agentId: string; epoch: number }, question: string): Promise<void> {
  const asked = Asked.parse(await call("tasks/ask", { ...held, question, wait_seconds: answerSeconds }));
  if (asked.answer !== undefined) await work(held.id, asked.task.epoch);
}

async function lastMessageId(id: string): Promise<string> {
  const { messages = [] } = Whole.parse(await call("tasks/get", { id }));
  return messages.findLast(({ role }) => role === "ROLE_USER")?.messageId ?? "";
}

function scenarioOf(messageId: string): Scenario {
  const prefix = prefixes.find((prefix) => messageId.startsWith(prefix));
  return scenarios[prefix ?? ""] ?? {};
}

function withParts(...parts: object[]): Scenario {
  return { artifacts: [{ parts }] };
}

/** Throws what the board refuses. While the daemon is away it is asked again: the request id makes it one request. */
async function call(method: string, params: object): Promise<unknown> {
  const body = rpcCall(method, { request_id: crypto.randomUUID(), ...params });
  for (;;) {
    const answer = await board.post(body).then(
      (response) => response.json(),
      () => null,
    );
    if (answer !== null) {
      const { result, error } = rpcAnswer(answer);
      if (error !== undefined) throw new Error(`${method}: ${error.message}`);
      return result;
    }
    await Bun.sleep(100);
  }
}
