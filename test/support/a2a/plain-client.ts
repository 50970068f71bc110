import { rpcCall, type RpcClient } from "../rpc.ts";

/** A request of a client that gives up after 5 s without a byte, as the Python SDK does by itself. */
export interface Plain {
  /** Resolves once so many times something has come, be it a sign of life. Rejects when the client has given up. */
  hears(times: number): Promise<void>;
  /** the whole answer */
  text: Promise<string>;
}

const patienceMs = 5000;

/** JSON-RPC of A2A 1.0. */
export function plainCall({ url, token }: RpcClient, method: string, params: object): Plain {
  return plain(`${url}a2a`, {
    method: "POST",
    headers: { ...headersOf(token), "content-type": "application/json" },
    body: JSON.stringify(rpcCall(method, params)),
  });
}

/** HTTP+JSON of A2A 1.0; without a body it is a GET. */
export function plainRest({ url, token }: RpcClient, path: string, body?: object): Plain {
  const headers = headersOf(token);
  if (body === undefined) return plain(`${url}a2a${path}`, { headers });
  return plain(`${url}a2a${path}`, {
    method: "POST",
    headers: { ...headers, "content-type": "application/a2a+json" },
    body: JSON.stringify(body),
  });
}

function headersOf(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}`, "a2a-version": "1.0" };
}

function plain(url: string, request: RequestInit): Plain {
  const giveUp = new AbortController();
  const patience = () =>
    setTimeout(() => giveUp.abort(new Error(`${patienceMs} ms without a byte.`)), patienceMs);
  let timer = patience();
  const waiters = new Set<() => void>();
  let heard = 0;
  const read = async () => {
    try {
      const response = await fetch(url, { ...request, signal: giveUp.signal });
      const decoder = new TextDecoder();
      let text = "";
      for await (const chunk of response.body ?? []) {
        clearTimeout(timer);
        timer = patience();
        text += decoder.decode(chunk, { stream: true });
        heard += 1;
        waiters.forEach((look) => look());
      }
      return text;
    } finally {
      clearTimeout(timer);
    }
  };
  const text = read();
  text.catch(() => {});
  return {
    text,
    hears: (times) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (heard >= times) resolve();
        };
        waiters.add(look);
        look();
        text.then(
          (said) => reject(new Error(`It was over after ${heard} of ${times}: ${said}`)),
          (error: unknown) => reject(error),
        );
      }),
  };
}
