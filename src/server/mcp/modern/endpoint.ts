import { isJsonObject } from "../../../core/json.ts";
import { refuse } from "../../dispatch.ts";
import { arrivalOf } from "../../http/arrival.ts";
import { held } from "../../http/held.ts";
import type { Client } from "../client.ts";
import { sendWaiting, takesStream, type Post } from "../post.ts";
import type { PreparedTool } from "../tools.ts";
import { createMcpHandler, type ServerEventBus } from "./protocol.ts";
import { listenMethod, readAs } from "./reading.ts";
import { serverFor, type PerformTool } from "./server.ts";
import { subscriptionOf, type Subscription } from "./subscription.ts";

/** Answers a request of MCP 2026-07-28. The SDK reads it and checks it; what may last or grow is bounded here. */
export async function answerModern(client: Client, post: Post): Promise<Response> {
  const { request } = post;
  const { method, message, misfit } = readAs(request, post.body);
  if (misfit) return Response.json(misfit);
  return method === listenMethod ? answerListening(client, post, message) : answerCall(client, post, message);
}

/** A call that waits is answered as a stream that begins at once, or where its client reads none when there is an answer. */
async function answerCall(client: Client, post: Post, message: unknown): Promise<Response> {
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
  const response = answered(client, { request, message, perform });
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
async function answerListening(
  client: Client,
  { request, traffic }: Post,
  asked: unknown,
): Promise<Response> {
  let subscription: Subscription;
  try {
    subscription = await subscriptionOf(client, asked);
  } catch (error) {
    return Response.json(refuse(isJsonObject(asked) ? (asked["id"] ?? null) : null, error));
  }
  try {
    const { bus, message } = subscription;
    const response = await answered(client, { request, message, bus });
    if (response.headers.get("content-type") !== "text/event-stream") return response;
    return subscription.answer(request, response, traffic.hold());
  } catch (error) {
    subscription.stop();
    throw error;
  }
}

interface Asked {
  request: Request;
  message: unknown;
  perform?: PerformTool;
  bus?: ServerEventBus;
}

/** What the SDK answers. Its own signs of life are left out: those of every stream here are the same. */
function answered(
  client: Client,
  { request, message, perform = justPerform, bus }: Asked,
): Promise<Response> {
  const handler = createMcpHandler(() => serverFor(client, message, perform), {
    legacy: "reject",
    keepAliveMs: 0,
    ...(bus === undefined ? {} : { bus }),
  });
  return handler.fetch(request, message === undefined ? {} : { parsedBody: message });
}

const justPerform: PerformTool = (call, signal) => call.perform(signal);

/** Of a call whose client went before there was an answer nobody reads this; it may come back and ask what became of it. */
async function messageIn(response: Promise<Response>): Promise<object> {
  const message: unknown = await (await response).json().catch(() => null);
  return isJsonObject(message) ? message : {};
}
