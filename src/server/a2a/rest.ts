import * as codec from "@a2a-js/sdk";
import type { A2ARequestHandler, ServerCallContext } from "@a2a-js/sdk/server";
import { CordError } from "../../core/error.ts";
import { isJsonObject } from "../../core/json.ts";
import { sseText } from "../../core/sse.ts";
import { bodyOf } from "../http/json-body.ts";
import { answerAlive, answerOnce, answerStream, refusedBy, type Binding } from "./alive.ts";
import { a2aJson, isJsonTyped } from "./content-type.ts";
import { currentMethods } from "./current.ts";
import { failureOf, statusText } from "./errors.ts";
import { readCall } from "./method.ts";
import { inCamelCase } from "./schemas.ts";
import { routeOf, type Route, type RouteName } from "./rest-routes.ts";
import { isVersion, spokenVersion, versionWanted } from "./version.ts";
import type { Visit } from "./visit.ts";

/** Answers A2A 1.0 over HTTP+JSON, at a path below the endpoint's own. */
export async function answerRest(visit: Visit, path: string): Promise<Response> {
  const { request, traffic, handler } = visit;
  const binding = bindingOf(visit.headers);
  try {
    if (spokenVersion(request) !== "1.0") throw versionWanted("HTTP+JSON");
    const route = routeOf(request.method, path);
    const method = currentMethods.get(route.name);
    if (!method) throw new CordError("internal", `${route.name} has no schema`);
    const { params, way } = readCall(method, await givenIn(route, request), visit.pushes);
    const context = visit.context("1.0");
    const { stream, whole } = calls[route.name];
    if (stream)
      return await answerStream(request, traffic, binding, jsonIn(stream(handler, params, context)));
    const work = () => whole(handler, params, context);
    return await (way === "alive" ? answerAlive(request, traffic, binding, work) : answerOnce(binding, work));
  } catch (error) {
    return refusedBy(binding, error);
  }
}

type Params = Record<string, unknown>;
type Call<Given> = (handler: A2ARequestHandler, params: Params, context: ServerCallContext) => Given;

type Calls =
  | { whole: Call<Promise<unknown>>; stream?: undefined }
  | { whole?: undefined; stream: Call<AsyncGenerator<codec.StreamResponse, void, undefined>> };

/** Each method between the SDK's codec and the handler. */
const calls: Readonly<Record<RouteName, Calls>> = {
  SendMessage: {
    whole: async (handler, params, context) => {
      const given = await handler.sendMessage(codec.SendMessageRequest.fromJSON(params), context);
      return "messageId" in given
        ? { message: codec.Message.toJSON(given) }
        : { task: codec.Task.toJSON(given) };
    },
  },
  SendStreamingMessage: {
    stream: (handler, params, context) =>
      handler.sendMessageStream(codec.SendMessageRequest.fromJSON(params), context),
  },
  GetTask: {
    whole: async (handler, params, context) =>
      codec.Task.toJSON(await handler.getTask(codec.GetTaskRequest.fromJSON(params), context)),
  },
  ListTasks: {
    whole: async (handler, params, context) => {
      const asked = codec.ListTasksRequest.fromJSON(params);
      return listJson(await handler.listTasks(asked, context), asked.includeArtifacts === true);
    },
  },
  CancelTask: {
    whole: async (handler, params, context) =>
      codec.Task.toJSON(await handler.cancelTask(codec.CancelTaskRequest.fromJSON(params), context)),
  },
  SubscribeToTask: {
    stream: (handler, params, context) =>
      handler.resubscribe(codec.SubscribeToTaskRequest.fromJSON(params), context),
  },
  CreateTaskPushNotificationConfig: {
    whole: async (handler, params, context) =>
      codec.TaskPushNotificationConfig.toJSON(
        await handler.createTaskPushNotificationConfig(
          codec.TaskPushNotificationConfig.fromJSON(params),
          context,
        ),
      ),
  },
  ListTaskPushNotificationConfigs: {
    whole: async (handler, params, context) =>
      codec.ListTaskPushNotificationConfigsResponse.toJSON(
        await handler.listTaskPushNotificationConfigs(
          codec.ListTaskPushNotificationConfigsRequest.fromJSON(params),
          context,
        ),
      ),
  },
  GetTaskPushNotificationConfig: {
    whole: async (handler, params, context) =>
      codec.TaskPushNotificationConfig.toJSON(
        await handler.getTaskPushNotificationConfig(
          codec.GetTaskPushNotificationConfigRequest.fromJSON(params),
          context,
        ),
      ),
  },
  DeleteTaskPushNotificationConfig: {
    whole: async (handler, params, context) => {
      await handler.deleteTaskPushNotificationConfig(
        codec.DeleteTaskPushNotificationConfigRequest.fromJSON(params),
        context,
      );
      return {};
    },
  },
  GetExtendedAgentCard: {
    whole: async (handler, params, context) =>
      codec.AgentCard.toJSON(
        await handler.getAuthenticatedExtendedAgentCard(
          codec.GetExtendedAgentCardRequest.fromJSON(params),
          context,
        ),
      ),
  },
};

/** The fields that are always there are there when they are empty, too (1.0.1, section 3.1.4). */
function listJson(given: codec.ListTasksResponse, hasArtifacts: boolean): unknown {
  const { nextPageToken, pageSize, totalSize } = given;
  const tasks = given.tasks.map((task) => {
    const json = codec.Task.toJSON(task);
    return hasArtifacts && isJsonObject(json) ? { artifacts: [], ...json } : json;
  });
  return { tasks, nextPageToken, pageSize, totalSize };
}

async function* jsonIn(events: AsyncGenerator<codec.StreamResponse, void, undefined>) {
  for await (const event of events) yield codec.StreamResponse.toJSON(event);
}

/** What stands in the query, the body and the path; of one field the last of these counts. */
async function givenIn({ ids, takesBody }: Route, request: Request): Promise<Params> {
  const query = Object.fromEntries(
    [...new URL(request.url).searchParams]
      .filter(([name]) => !isVersion(name))
      .map(([name, text]) => [name, fromQuery(inCamelCase(name), text)]),
  );
  return { ...query, ...(takesBody ? await bodyIn(request) : {}), ...ids };
}

/** Numbers and booleans are texts there (1.0.1, section 11.5). One that is none stays a text, and is refused as one. */
function fromQuery(name: string, text: string): unknown {
  if (name === "includeArtifacts") return text === "true" ? true : text === "false" ? false : text;
  const isCount = name === "pageSize" || name === "historyLength";
  return isCount && /^-?\d{1,10}$/.test(text) ? Number(text) : text;
}

/** What has no parameters of its own may come without a body, and then without its type. */
async function bodyIn(request: Request): Promise<Params> {
  const coming = request.text();
  const isEmpty = (await coming.catch(() => null)) === "";
  if (isEmpty && !request.headers.has("content-type")) return {};
  if (!isJsonTyped(request))
    throw new CordError("unsupported_type", `Send the request as ${a2aJson} or application/json.`);
  if (isEmpty) return {};
  const { value, problem } = await bodyOf({ text: () => coming });
  if (problem) throw problem;
  if (!isJsonObject(value)) throw new CordError("invalid_request", "The body must be an object.");
  return value;
}

function bindingOf(headers: Record<string, string>): Binding {
  return {
    contentType: a2aJson,
    headers,
    failsByStatus: true,
    refused(error) {
      const failure = failureOf(error);
      return { text: statusText(failure), status: failure.kind.http, headers: failure.headers };
    },
    lastEvent: (error) => sseText({ event: "error", data: statusText(failureOf(error)) }),
  };
}
