import { memoryEvent, sessionHeaders } from "../../core/session.ts";
import { sseText } from "../../core/sse.ts";
import type { PreparedCall } from "../../operations/operation.ts";
import type { Traffic } from "../http/held.ts";
import type { Client } from "./client.ts";
import type { WaitingAnswers } from "./waiting-answer.ts";

/** A request of any generation of MCP, and how one that waits is answered. */
export interface Post {
  request: Request;
  /** undefined: it has none */
  body: unknown;
  traffic: Traffic;
  waiting: WaitingAnswers;
}

/** Answers a call that waits as a stream that begins at once. */
export function sendWaiting(
  client: Client,
  { request, body, traffic, waiting }: Post,
  { holdsOpenMs: ms, waitsFor }: Pick<PreparedCall, "holdsOpenMs" | "waitsFor">,
  answer: () => Promise<object | null>,
): Response {
  const wait = { for: waitsFor?.() ?? "an answer", ms };
  const isBridge = request.headers.has(sessionHeaders.stream);
  const memory = () => sseText({ event: memoryEvent, data: client.headers()[sessionHeaders.memory] ?? "" });
  return waiting.send(request, body, {
    hold: traffic.hold,
    answer,
    wait,
    ...(isBridge ? { before: memory } : {}),
  });
}

/** Of a batch the answers come together. An older bridge of cord's own, which names its requests too, reads no stream. */
export function takesStream({ headers }: Request, body: unknown): boolean {
  if (Array.isArray(body)) return false;
  if (headers.has(sessionHeaders.request) && !headers.has(sessionHeaders.stream)) return false;
  return headers.get("accept")?.includes("text/event-stream") === true;
}
