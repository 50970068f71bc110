import { isJsonObject } from "../../../core/json.ts";
import type { Wait } from "../../../core/progress.ts";
import { arrivalOf } from "../../http/arrival.ts";
import { held, type Traffic } from "../../http/held.ts";
import type { Client } from "../client.ts";
import { withoutNothing } from "../messages.ts";
import type { WaitingAnswers } from "../waiting-answer.ts";
import { createMcpHandler, type ServerEventBus } from "./protocol.ts";
import { serverFor, type PerformTool } from "./server.ts";
import { subscriptionOf } from "./subscription.ts";

/** A request of MCP 2026-07-28. */
export interface Post {
  request: Request;
  /** undefined: it has none */
  body: unknown;
  traffic: Traffic;
  waiting: WaitingAnswers;
}

/** Answers a request of MCP 2026-07-28. The SDK reads it and checks it; what may last or grow is bounded here. */
export function answerModern(client: Client, post: Post): Promise<Response> {
  const spelled = { ...post, body: spelledOut(post.body) };
  return isJsonObject(post.body) && post.body["method"] === "subscriptions/listen"
    ? answerListening(client, spelled)
    : answerCall(client, spelled);
}

/** A call that waits is answered as a stream that begins at once, or where its client reads none when there is an answer. */
async function answerCall(client: Client, { request, body, traffic, waiting }: Post): Promise<Response> {
  const begun = Promise.withResolvers<{ release: () => void; wait: Wait }>();
  const perform: PerformTool = async (call, signal) => {
    if (call.holdsOpenMs === 0) return call.perform(signal);
    if (!takesStream(request)) return held(traffic, arrivalOf(request), () => call.perform(signal));
    try {
      const wait = { for: call.waitsFor?.() ?? "an answer", ms: call.holdsOpenMs };
      begun.resolve({ release: traffic.hold(), wait });
    } catch (error) {
      begun.reject(error);
      throw error;
    }
    return call.perform(signal);
  };
  const response = answered(client, { request, body, perform });
  const first = await Promise.race([begun.promise, response]);
  if (first instanceof Response) return first;
  const { release, wait } = first;
  return waiting.send(request, body, { hold: () => release, answer: () => messageIn(response), wait });
}

/** A subscription is a stream until its client goes; what the SDK refuses is not. */
async function answerListening(client: Client, { request, body, traffic }: Post): Promise<Response> {
  const subscription = await subscriptionOf(client, body);
  try {
    const { bus } = subscription;
    const response = await answered(client, { request, body: subscription.body, bus });
    if (response.headers.get("content-type") !== "text/event-stream") return response;
    return subscription.answer(request, response, traffic.hold());
  } catch (error) {
    subscription.stop();
    throw error;
  }
}

interface Asked {
  request: Request;
  body: unknown;
  perform?: PerformTool;
  bus?: ServerEventBus;
}

/** What the SDK answers. Its own signs of life are left out: those of every stream here are the same. */
function answered(client: Client, { request, body, perform = justPerform, bus }: Asked): Promise<Response> {
  const handler = createMcpHandler(() => serverFor(client, body, perform), {
    legacy: "reject",
    keepAliveMs: 0,
    ...(bus === undefined ? {} : { bus }),
  });
  return handler.fetch(request, body === undefined ? {} : { parsedBody: body });
}

const justPerform: PerformTool = (call, signal) => call.perform(signal);

/** Null: the client went before there was an answer. */
async function messageIn(response: Promise<Response>): Promise<object | null> {
  const message: unknown = await (await response).json().catch(() => null);
  return isJsonObject(message) ? message : null;
}

function takesStream({ headers }: Request): boolean {
  return headers.get("accept")?.includes("text/event-stream") === true;
}

function spelledOut(body: unknown): unknown {
  const params = isJsonObject(body) ? body["params"] : undefined;
  return isJsonObject(body) && isJsonObject(params) ? { ...body, params: withoutNothing(params) } : body;
}
