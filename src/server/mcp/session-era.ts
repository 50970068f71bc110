import { isJsonObject } from "../../core/json.ts";
import { sessionHeaders } from "../../core/session.ts";
import type { Services } from "../../operations/context.ts";
import { sseResponse } from "../http/sse.ts";
import { CallsByClient } from "./calls.ts";
import { nodeClient, tabClient, type Client } from "./client.ts";
import type { Era } from "./era.ts";
import { methods, notifications } from "./methods.ts";
import { protocolVersions } from "./protocol.ts";
import { refused } from "./refused.ts";
import type { Session, Sessions } from "./sessions.ts";
import { tabRequestIn } from "./tab-request.ts";

/**
 * MCP as a client begins it with initialize. What a node's calls need is in their token, and a tab's session begins anew with
 * what its client remembers, so both survive a restart of the daemon.
 */
export function sessionEra(services: Services, sessions: Sessions, hold: () => () => void): Era {
  const nodes = new CallsByClient();
  return {
    versions: protocolVersions,
    methods,
    notifications,
    clientOf(request, caller, body) {
      if (caller.kind === "node")
        return nodeClient(services, caller, nodes.of(`${caller.taskId} ${caller.epoch}`));
      const session = isInitialize(body) ? openSession(sessions, request) : findSession(sessions, request);
      if (session instanceof Response) return session;
      const said = tabRequestIn(request.headers);
      const { project } = session;
      sessions.attend(session, said);
      const client = tabClient(services, sessions, session, said);
      if (session.project !== project) void session.subscriptions.renew(client.watch);
      return client;
    },
    answerOther(request, caller) {
      if (caller.kind === "node") return refused(405, "A node's calls need no stream.", { allow: "POST" });
      const session = findSession(sessions, request);
      if (session instanceof Response) return session;
      if (request.method === "GET") {
        const { watch } = tabClient(services, sessions, session, tabRequestIn(request.headers));
        return streamFor(session, request, { hold, watch });
      }
      if (request.method !== "DELETE")
        return refused(405, "MCP takes POST, GET and DELETE.", { allow: "POST, GET, DELETE" });
      sessions.close(session);
      return new Response(null, { status: 200 });
    },
  };
}

function isInitialize(body: unknown): boolean {
  const [message]: unknown[] = Array.isArray(body) ? body : [body];
  return isJsonObject(message) && message["method"] === "initialize";
}

/** A new session; where the client had one before, it goes on with what that held. */
function openSession(sessions: Sessions, { headers }: Request): Session {
  const id = headers.get(sessionHeaders.id);
  return sessions.open(id === null ? null : sessions.find(id, headers.get(sessionHeaders.memory)));
}

function findSession(sessions: Sessions, { headers }: Request): Session | Response {
  const id = headers.get(sessionHeaders.id);
  if (id === null) return refused(400, "Name your session in Mcp-Session-Id; initialize gives you one.");
  const session = sessions.find(id, headers.get(sessionHeaders.memory));
  return session ?? refused(404, "This session is over; initialize again.");
}

/** What is sent on it are changes of resources, and signs of life, so that the two sides learn of each other's end. */
function streamFor(
  session: Session,
  request: Request,
  { hold, watch }: Pick<Client, "watch"> & { hold: () => () => void },
): Response {
  if (!request.headers.get("accept")?.includes("text/event-stream"))
    return refused(406, "Accept text/event-stream to open the session's stream.");
  const release = hold();
  session.streams += 1;
  const { next, close } = session.subscriptions.open(watch);
  return sseResponse(request, {
    next,
    onEnd() {
      close();
      session.streams -= 1;
      release();
    },
    headers: { [sessionHeaders.id]: session.id },
  });
}
