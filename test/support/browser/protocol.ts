import { z } from "zod";

/** As much of the Chrome DevTools Protocol as the tests of a page need. */
export class Protocol {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  readonly #listeners: ((method: string, params: unknown) => void)[] = [];
  #id = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#take(Message.parse(JSON.parse(String(data)))));
    socket.addEventListener("close", () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("The browser is gone."));
    });
  }

  static connect(url: string): Promise<Protocol> {
    const { promise, resolve, reject } = Promise.withResolvers<Protocol>();
    const socket = new WebSocket(url);
    socket.addEventListener("open", () => resolve(new Protocol(socket)));
    socket.addEventListener("error", () => reject(new Error("The browser does not answer.")));
    return promise;
  }

  /** Calls a method, of the page whose session is given. Rejects with the browser's own words. */
  call(method: string, params: object = {}, sessionId?: string): Promise<unknown> {
    const id = ++this.#id;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.set(id, { resolve, reject });
    this.#socket.send(JSON.stringify({ id, method, params, sessionId }));
    return promise;
  }

  onEvent(listener: (method: string, params: unknown) => void): void {
    this.#listeners.push(listener);
  }

  #take({ id = 0, result, error, method, params }: z.infer<typeof Message>): void {
    if (method !== undefined) for (const listener of this.#listeners) listener(method, params);
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error) waiting?.reject(new Error(error.message));
    else waiting?.resolve(result);
  }
}

const Message = z.object({
  id: z.number().optional(),
  result: z.unknown().optional(),
  error: z.object({ message: z.string() }).optional(),
  method: z.string().optional(),
  params: z.unknown().optional(),
});
