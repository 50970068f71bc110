/**
 * As much of an MCP client as a rehearsal needs: initialize, and calls of tools, one at a time, over streamable HTTP
 * (MCP 2025-11-25, "Transports"). The SDK's client is the better one for anything else; here a thousand processes load
 * it to make three calls each: with the SDK a whole process takes 90 ms of CPU, with this 25 (compiled).
 */
export class McpClient {
  readonly #url: string;
  readonly #headers: Record<string, string>;
  #id = 0;

  private constructor(url: string, token: string) {
    this.#url = url;
    this.#headers = {
      Authorization: `Bearer ${token}`,
      "Content-Type": "application/json",
      Accept: "application/json, text/event-stream",
    };
  }

  /** Throws if there is no server, or if it does not want this client. */
  static async connect(url: string, token: string): Promise<McpClient> {
    const client = new McpClient(url, token);
    const clientInfo = { name: "cord-rehearsal", version: "1" };
    const params = { protocolVersion: PROTOCOL_VERSION, capabilities: {}, clientInfo };
    const { protocolVersion } = await client.#request<{ protocolVersion: string }>("initialize", params);
    client.#headers["MCP-Protocol-Version"] = protocolVersion;
    await client.#post({ jsonrpc: "2.0", method: "notifications/initialized" });
    return client;
  }

  /** What the tool answered; a refusal is an answer with isError. Throws when the call itself went wrong. */
  call(name: string, args: Record<string, unknown>): Promise<ToolAnswer> {
    return this.#request<ToolAnswer>("tools/call", { name, arguments: args });
  }

  /** Ends the session, if the server keeps one. */
  async close(): Promise<void> {
    if (this.#headers["MCP-Session-Id"] === undefined) return;
    await fetch(this.#url, { method: "DELETE", headers: this.#headers });
  }

  async #request<Result>(method: string, params: Record<string, unknown>): Promise<Result> {
    const id = ++this.#id;
    const response = await this.#post({ jsonrpc: "2.0", id, method, params });
    const answer = messagesIn<Result>(await response.text()).find((message) => message.id === id);
    if (answer?.result !== undefined) return answer.result;
    throw new Error(answer?.error?.message ?? `the daemon did not answer ${method}`);
  }

  async #post(message: Record<string, unknown>): Promise<Response> {
    const response = await fetch(this.#url, {
      method: "POST",
      headers: this.#headers,
      body: JSON.stringify(message),
    });
    const session = response.headers.get("MCP-Session-Id");
    if (session !== null) this.#headers["MCP-Session-Id"] = session;
    if (!response.ok) throw new Error(`the daemon answered ${response.status}: ${await response.text()}`);
    return response;
  }
}

export interface ToolAnswer {
  isError?: boolean;
  content?: { text?: string }[];
  structuredContent?: { created?: string };
}

interface Message<Result> {
  id?: number;
  result?: Result;
  error?: { message: string };
}

const PROTOCOL_VERSION = "2025-11-25";

/** One message, or the data lines of an event stream: the server chooses. */
function messagesIn<Result>(body: string): Message<Result>[] {
  if (body.startsWith("{")) return [JSON.parse(body)];
  return [...body.matchAll(/^data: ?(\{.*)$/gm)].map(([, data = ""]): Message<Result> => JSON.parse(data));
}
