import { expect } from "bun:test";
import type { RpcClient } from "./rpc.ts";

/** A2A as any program may speak it: nothing of it is the SDK's. */
export interface A2aWire {
  /** One call over JSON-RPC; without a version it is one of 0.3. A body that is text goes out as it is. */
  rpc(version: string | null, body: unknown, headers?: Record<string, string>): Promise<Response>;
  /** One request of HTTP+JSON 1.0, at a path below /a2a. */
  rest(line: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
}

export function a2aWire({ url, token }: Pick<RpcClient, "url" | "token">): A2aWire {
  const send = (
    method: string,
    path: string,
    body: unknown,
    { type, ...more }: Record<string, string>,
  ): Promise<Response> =>
    fetch(`${url}a2a${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined || type === undefined ? {} : { "content-type": type }),
        ...more,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  return {
    rpc: (version, body, headers = {}) =>
      send("POST", "", body, {
        type: "application/json",
        ...(version === null ? {} : { "a2a-version": version }),
        ...headers,
      }),
    rest(line, body, headers = {}) {
      const [method = "", path = ""] = line.split(" ");
      return send(method, path, body, { type: "application/a2a+json", "a2a-version": "1.0", ...headers });
    },
  };
}

/** An answer that has to be an object of JSON. */
export async function jsonOf(response: Response): Promise<Record<string, unknown>> {
  return Object(await response.json());
}

/** What an error says in either binding: its code or status, its sentence, its reason, and the fields it names. */
export function errorIn(body: unknown): A2aError {
  const error: unknown = Reflect.get(Object(body), "error");
  const details: unknown = Reflect.get(Object(error), "data") ?? Reflect.get(Object(error), "details");
  const parts: unknown[] = Array.isArray(details) ? details : [];
  const info = parts.find((part) => typeOf(part).endsWith("ErrorInfo"));
  const bad = parts.find((part) => typeOf(part).endsWith("BadRequest"));
  const violations: unknown = Reflect.get(Object(bad), "fieldViolations");
  return {
    code: Number(Reflect.get(Object(error), "code")),
    status: Reflect.get(Object(error), "status"),
    message: String(Reflect.get(Object(error), "message")),
    reason: Reflect.get(Object(info), "reason"),
    domain: Reflect.get(Object(info), "domain"),
    fields: Array.isArray(violations)
      ? violations.map((violation: unknown) => String(Reflect.get(Object(violation), "field")))
      : [],
  };
}

interface A2aError {
  code: number;
  status: unknown;
  message: string;
  reason: unknown;
  domain: unknown;
  fields: string[];
}

function typeOf(part: unknown): string {
  return String(Reflect.get(Object(part), "@type"));
}

/** What a daemon refuses, over each wire. */
export function refusalsOf(wire: A2aWire) {
  return {
    /** The error of a call over JSON-RPC. It travels under 200, and is no result as well. */
    async overRpc(version: string | null, body: unknown, headers: Record<string, string> = {}) {
      const response = await wire.rpc(version, body, headers);
      const answer = await jsonOf(response);
      const type = response.headers.get("content-type");
      expect([response.status, type, Object.keys(answer)]).toEqual([
        200,
        "application/json",
        ["jsonrpc", "id", "error"],
      ]);
      return { id: answer["id"], ...errorIn(answer) };
    },
    /** The error of a request of HTTP+JSON: a google.rpc.Status, whose code is the status of the answer. */
    async overRest(line: string, body?: unknown, headers: Record<string, string> = {}) {
      const response = await wire.rest(line, body, headers);
      const answer = await jsonOf(response);
      const error = errorIn(answer);
      expect(Object.keys(answer)).toEqual(["error"]);
      expect(response.headers.get("content-type")).toBe("application/a2a+json");
      expect(error.code).toBe(response.status);
      return error;
    },
  };
}

/** One call, as it goes over the wire. */
export const a2aCall = (method: string, params?: unknown, id: unknown = 1) => ({
  jsonrpc: "2.0",
  id,
  method,
  params,
});

/** A message that is as it should be, in either generation. */
export const a2aMessage = { messageId: "m-1", role: "ROLE_USER", parts: [{ text: "Hello" }] };
export const legacyMessage = {
  kind: "message",
  messageId: "m-1",
  role: "user",
  parts: [{ kind: "text", text: "Hello" }],
};
