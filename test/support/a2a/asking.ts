import { z } from "zod";
import { SseReader } from "../../../src/core/sse.ts";
import type { RpcClient } from "../rpc.ts";

/** A2A 1.0 over JSON-RPC as any program may speak it, with what a test looks at. */

const Part = z.object({
  text: z.string().optional(),
  data: z.unknown().optional(),
  raw: z.string().optional(),
  url: z.string().optional(),
  filename: z.string().optional(),
  mediaType: z.string().optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
});
const Message = z.looseObject({
  messageId: z.string(),
  role: z.string(),
  parts: z.array(Part),
  contextId: z.string().optional(),
  taskId: z.string().optional(),
});
const Status = z.object({ state: z.string(), message: Message.optional(), timestamp: z.string() });
const Artifact = z.object({ artifactId: z.string(), name: z.string().optional(), parts: z.array(Part) });
const Metadata = z.record(z.string(), z.unknown());
export const A2aTask = z.object({
  id: z.string(),
  contextId: z.string(),
  status: Status,
  artifacts: z.array(Artifact).optional(),
  history: z.array(Message).optional(),
  metadata: Metadata.optional(),
});
export type A2aTask = z.infer<typeof A2aTask>;

const Update = z.object({
  task: A2aTask.optional(),
  statusUpdate: z
    .object({ taskId: z.string(), contextId: z.string(), status: Status, metadata: Metadata.optional() })
    .optional(),
  artifactUpdate: z
    .object({
      taskId: z.string(),
      contextId: z.string(),
      artifact: Artifact,
      append: z.boolean().optional(),
      lastChunk: z.boolean().optional(),
    })
    .optional(),
});
export type A2aUpdate = z.infer<typeof Update>;

const Failure = z.object({
  code: z.number(),
  message: z.string(),
  data: z.array(z.looseObject({ "@type": z.string() })).optional(),
});
const Answer = z.object({ result: z.unknown().optional(), error: Failure.optional() });

/** What is wrong, as an A2A client learns it. */
class A2aRefusal extends Error {
  readonly code: number;

  constructor({ code, message }: z.infer<typeof Failure>) {
    super(message);
    this.code = code;
  }
}

/** The code that a call is refused with; "done" if it is not. */
export function refusalCode(work: Promise<unknown>): Promise<number | "done"> {
  return work.then(
    () => "done" as const,
    (error: A2aRefusal) => error.code,
  );
}

export function a2aClient({ url, token }: RpcClient, bearer = token) {
  const post = (method: string, params: object, signal?: AbortSignal) =>
    fetch(`${url}a2a`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "a2a-version": "1.0",
        authorization: `Bearer ${bearer}`,
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
      ...(signal ? { signal } : {}),
    });
  const call = async (method: string, params: object): Promise<unknown> =>
    resultOf(await (await post(method, params)).json());
  const task = async (method: string, params: object) => A2aTask.parse(await call(method, params));
  return {
    call,
    send: async (message: object, configuration: object = { returnImmediately: true }, more: object = {}) => {
      const sent = await call("SendMessage", { message: messageOf(message), configuration, ...more });
      return z.object({ task: A2aTask }).parse(sent).task;
    },
    get: (id: string, more: object = {}) => task("GetTask", { id, ...more }),
    cancel: (id: string) => task("CancelTask", { id }),
    list: async (params: object) => Listed.parse(await call("ListTasks", params)),
    stream: (message: object, signal?: AbortSignal) =>
      streamOf(post("SendStreamingMessage", { message: messageOf(message) }, signal)),
    subscribe: (id: string, signal?: AbortSignal) => streamOf(post("SubscribeToTask", { id }, signal)),
  };
}

const Listed = z.object({
  tasks: z.array(A2aTask),
  nextPageToken: z.string(),
  pageSize: z.number(),
  totalSize: z.number(),
});

/** A message of a user, with an id of its own and a text unless it says otherwise. */
function messageOf(message: object): object {
  return { messageId: crypto.randomUUID(), role: "ROLE_USER", parts: [{ text: "Do it" }], ...message };
}

function resultOf(body: unknown): unknown {
  const { result, error } = Answer.parse(body);
  if (error) throw new A2aRefusal(error);
  return result;
}

/** The updates of a stream as they come; comments are passed over. Throws what it was refused with. */
async function* streamOf(responding: Promise<Response>): AsyncGenerator<A2aUpdate, void, undefined> {
  const response = await responding;
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) {
    resultOf(await response.json());
    throw new Error("a stream was answered as one");
  }
  const reader = new SseReader();
  for await (const piece of response.body ?? [])
    for (const { data } of reader.push(piece)) yield Update.parse(resultOf(JSON.parse(data)));
}

/** An update in a few words. */
export function shown({ task, statusUpdate, artifactUpdate }: A2aUpdate): string {
  const status = task?.status ?? statusUpdate?.status;
  if (status)
    return [
      task ? "task" : "status",
      status.state.replace("TASK_STATE_", ""),
      ...textsOf(status.message),
    ].join(" ");
  const { artifact, append, lastChunk } = artifactUpdate ?? {};
  const flags = [append ? "append" : "", lastChunk ? "last" : ""].filter((flag) => flag !== "");
  return ["artifact", artifact?.artifactId ?? "", ...textsOf(artifact), ...flags].join(" ");
}

function textsOf(said: { parts: z.infer<typeof Part>[] } | undefined): string[] {
  return (said?.parts ?? []).map((part) => part.text ?? part.url ?? part.raw ?? JSON.stringify(part.data));
}

/** All updates until the stream's end, in a few words. */
export async function allOf(stream: AsyncIterable<A2aUpdate>): Promise<string[]> {
  const said: string[] = [];
  for await (const update of stream) said.push(shown(update));
  return said;
}

/** The next updates of a stream, which stays open. */
export async function next(
  stream: AsyncGenerator<A2aUpdate, void, undefined>,
  count: number,
): Promise<A2aUpdate[]> {
  const updates: A2aUpdate[] = [];
  while (updates.length < count) {
    const { value, done } = await stream.next();
    if (done === true || value === undefined)
      throw new Error(`the stream ended after ${JSON.stringify(updates.map(shown))}`);
    updates.push(value);
  }
  return updates;
}
