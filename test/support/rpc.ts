/** The daemon's JSON-RPC as any program may speak it: the one client of the tests and the benches that is not cord's own. */
export interface RpcClient {
  /** ends in a slash */
  url: string;
  token: string;
  /** POST / with the token, unless the headers say otherwise. A body that is text goes out as it is. */
  post(body: unknown, headers?: Record<string, string>): Promise<Response>;
  /** The whole answer to one call. */
  rpc(method: string, params?: unknown, headers?: Record<string, string>): Promise<RpcAnswer>;
}

export interface RpcAnswer {
  jsonrpc: string;
  id: unknown;
  result?: unknown;
  error?: { code: number; message: string; data: { code: string } };
}

export function rpcClient(url: string, token: string): RpcClient {
  const post: RpcClient["post"] = (body, headers = {}) =>
    fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}`, ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  const rpc: RpcClient["rpc"] = async (method, params = {}, headers = {}) =>
    rpcAnswer(await (await post(rpcCall(method, params), headers)).json());
  return { url, token, post, rpc };
}

/** One call as it goes over the wire. */
export function rpcCall(method: string, params?: unknown, id: unknown = 1): RpcCall {
  return { jsonrpc: "2.0", id, method, ...(params === undefined ? {} : { params }) };
}

export interface RpcCall {
  jsonrpc: string;
  id: unknown;
  method: string;
  params?: unknown;
}

export function rpcAnswer(body: unknown): RpcAnswer {
  if (!isAnswer(body)) throw new Error(`not a JSON-RPC answer: ${JSON.stringify(body)}`);
  return body;
}

function isAnswer(body: unknown): body is RpcAnswer {
  return typeof body === "object" && body !== null && "jsonrpc" in body && "id" in body;
}
