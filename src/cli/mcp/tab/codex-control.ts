import { within } from "../../../client/connection/deadline.ts";
import { CordError } from "../../../core/error.ts";
import { isJsonObject, tryParseJson } from "../../../core/json.ts";
import { version } from "../../../core/version.ts";

/**
 * Puts a line behind what a thread of Codex is doing, by the control socket of its local app server: idle, it begins a turn with
 * it. Source: codex app-server, `thread/queue/add`, which is experimental; seen in 0.169. Throws a sentence when that
 * fails: `timeout` where it may have come about all the same.
 */
export async function queueByControl(socket: string, thread: string, line: string): Promise<void> {
  await within(controlMs, undefined, late, async (signal) => {
    using control = await openControl(socket, signal);
    await control.ask("initialize", {
      clientInfo: { name: "cord", title: "cord", version },
      capabilities: { experimentalApi: true },
    });
    control.tell("initialized");
    await control.ask("thread/queue/add", {
      threadId: thread,
      clientUserMessageId: crypto.randomUUID(),
      input: [{ type: "text", text: line }],
    });
  });
}

const controlMs = 3000;
const late = () => new CordError("timeout", "Codex did not answer at its control socket in time.");

interface Control extends Disposable {
  /** Resolves when it is answered. Throws what Codex refuses it with, and when the socket closes. */
  ask(method: string, params: object): Promise<void>;
  tell(method: string): void;
}

/** JSON-RPC without its version, over a WebSocket on a unix socket. */
async function openControl(path: string, signal: AbortSignal): Promise<Control> {
  const socket = new WebSocket(`ws+unix://${path}:/`);
  const gone = Promise.withResolvers<never>();
  gone.promise.catch(() => {});
  const closed = () => gone.reject(new CordError("unavailable", "Codex closed its control socket."));
  for (const event of ["close", "error"]) socket.addEventListener(event, closed);
  signal.addEventListener("abort", () => gone.reject(signal.reason), { once: true });
  const opened = Promise.withResolvers<void>();
  socket.addEventListener("open", () => opened.resolve());
  const waiting = new Map<number, PromiseWithResolvers<void>>();
  socket.addEventListener("message", ({ data }) => {
    const answer = typeof data === "string" ? tryParseJson(data) : undefined;
    if (!isJsonObject(answer) || typeof answer["id"] !== "number" || "method" in answer) return;
    const asked = waiting.get(answer["id"]);
    if ("error" in answer) asked?.reject(refusalIn(answer["error"]));
    else asked?.resolve();
  });
  let last = 0;
  const control: Control = {
    async ask(method, params) {
      const answered = Promise.withResolvers<void>();
      waiting.set((last += 1), answered);
      socket.send(JSON.stringify({ id: last, method, params }));
      await Promise.race([answered.promise, gone.promise]);
    },
    tell: (method) => socket.send(JSON.stringify({ method })),
    [Symbol.dispose]: () => socket.close(),
  };
  try {
    await Promise.race([opened.promise, gone.promise]);
    return control;
  } catch (error) {
    socket.close();
    throw error;
  }
}

function refusalIn(error: unknown): CordError {
  const said = isJsonObject(error) ? error["message"] : undefined;
  return new CordError("failed", `Codex refused the message: ${String(said).slice(0, 200)}`);
}
