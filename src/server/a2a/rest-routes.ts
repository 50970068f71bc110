import { CordError } from "../../core/error.ts";
import { beginningOf } from "../../core/text.ts";

/** What a request of HTTP+JSON asks for: a method of A2A 1.0, and what its path says of its parameters. */
export interface Route {
  name: RouteName;
  ids: Record<string, string>;
  takesBody: boolean;
}

export type RouteName = (typeof routes)[number]["name"];

/** Source: A2A 1.0.1, section 5.3; the protocol's own definition has subscribe under GET, and its table under POST. */
const routes = [
  { http: ["POST"], path: /^message:send$/, name: "SendMessage" },
  { http: ["POST"], path: /^message:stream$/, name: "SendStreamingMessage" },
  { http: ["GET"], path: /^tasks$/, name: "ListTasks" },
  { http: ["GET"], path: /^tasks\/(?<id>[^/:]+)$/, name: "GetTask" },
  { http: ["POST"], path: /^tasks\/(?<id>[^/:]+):cancel$/, name: "CancelTask" },
  { http: ["GET", "POST"], path: /^tasks\/(?<id>[^/:]+):subscribe$/, name: "SubscribeToTask" },
  {
    http: ["POST"],
    path: /^tasks\/(?<taskId>[^/:]+)\/pushNotificationConfigs$/,
    name: "CreateTaskPushNotificationConfig",
  },
  {
    http: ["GET"],
    path: /^tasks\/(?<taskId>[^/:]+)\/pushNotificationConfigs$/,
    name: "ListTaskPushNotificationConfigs",
  },
  {
    http: ["GET"],
    path: /^tasks\/(?<taskId>[^/:]+)\/pushNotificationConfigs\/(?<id>[^/]+)$/,
    name: "GetTaskPushNotificationConfig",
  },
  {
    http: ["DELETE"],
    path: /^tasks\/(?<taskId>[^/:]+)\/pushNotificationConfigs\/(?<id>[^/]+)$/,
    name: "DeleteTaskPushNotificationConfig",
  },
  { http: ["GET"], path: /^extendedAgentCard$/, name: "GetExtendedAgentCard" },
] as const;

/** Throws `unknown_method` for what is none of them. */
export function routeOf(http: string, path: string): Route {
  for (const { http: verbs, path: pattern, name } of routes) {
    const found = verbs.some((verb) => verb === http) ? pattern.exec(path) : null;
    if (found) return { name, ids: decoded(found.groups ?? {}), takesBody: http === "POST" };
  }
  throw new CordError(
    "unknown_method",
    `A2A has no ${http} ${JSON.stringify(`/${beginningOf(path, 128)}`)}. See the card, and section 11.3 of the specification.`,
  );
}

function decoded(groups: Record<string, string>): Record<string, string> {
  try {
    return Object.fromEntries(Object.entries(groups).map(([name, text]) => [name, decodeURIComponent(text)]));
  } catch {
    throw new CordError("invalid", "The path is not well encoded.");
  }
}
