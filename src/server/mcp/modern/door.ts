import { isJsonObject } from "../../../core/json.ts";
import { arrivalOf } from "../../http/arrival.ts";
import { held } from "../../http/held.ts";
import type { Client } from "../client.ts";
import { withoutNothing } from "../messages.ts";
import { sendWaiting, takesStream, type Post } from "../post.ts";
import type { PreparedTool } from "../tools.ts";
import { createMcpHandler, type ServerEventBus } from "./protocol.ts";
import { serverFor, type PerformTool } from "./server.ts";
import { subscriptionOf } from "./subscription.ts";

/** Answers a request of MCP 2026-07-28. The SDK reads it and checks it; what may last or grow is bounded here. */
export function answerModern(client: Client, post: Post): Promise<Response> {
  const spelled = { ...post, body: spelledOut(post.body) };
  return isJsonObject(post.body) && post.body["method"] === "subscriptions/listen"
    ? answerListening(client, spelled)
    : answerCall(client, spelled);
}

/** A call that waits is answered as a stream that begins at once, or where its client reads none when there is an answer. */
async function answerCall(client: Client, post: Post): Promise<Response> {
  const { request, body, traffic } = post;
  const begun = Promise.withResolvers<Begun>();
  const perform: PerformTool = async (call, signal) => {
    if (call.holdsOpenMs === 0) return call.perform(signal);
    if (!takesStream(request, body)) return held(traffic, arrivalOf(request), () => call.perform(signal));
    try {
      begun.resolve({ call, release: traffic.hold() });
    } catch (error) {
      begun.reject(error);
      throw error;
    }
    return call.perform(signal);
  };
  const response = answered(client, { request, body, perform });
  const first = await Promise.race([begun.promise, response]);
  if (first instanceof Response) return first;
  const { call, release } = first;
  const holding = { ...post, traffic: { ...traffic, hold: () => release } };
  return sendWaiting(client, holding, call, () => messageIn(response));
}

/** A call that waits, once the SDK has found nothing wrong with its request. */
interface Begun {
  call: PreparedTool;
  release: () => void;
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

function spelledOut(body: unknown): unknown {
  const params = isJsonObject(body) ? body["params"] : undefined;
  return isJsonObject(body) && isJsonObject(params) ? { ...body, params: withoutNothing(params) } : body;
}
