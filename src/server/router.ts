import { Elysia } from "elysia";
import { CordError } from "../core/error.ts";
import type { Services } from "../operations/context.ts";
import { streams } from "../operations/list.ts";
import { agentCard } from "./card.ts";
import { refuse } from "./dispatch.ts";
import { eventStream, wantedBy } from "./events.ts";
import type { HealthSubject } from "./health.ts";
import { callerOf, type Auth } from "./http/auth.ts";
import { guard } from "./http/guard.ts";
import type { Traffic } from "./http/held.ts";
import { bodyOf } from "./http/json-body.ts";
import { refusal } from "./http/refusal.ts";

export interface AppOptions extends HealthSubject {
  services: Services;
  auth: Auth;
  traffic: Traffic;
}

/** The routes that Elysia has. MCP is loaded by the first request for it: a daemon that no agent talks to does not hold its schemas in memory. */
export function routerOf(options: AppOptions) {
  const { services, auth, hosts, traffic } = options;
  const mcp = lazily(async () =>
    (await import("./mcp/endpoint.ts")).mcpEndpoint(services, auth.seal, traffic),
  );
  return (
    new Elysia({ normalize: false })
      .onError(({ error }) => refusal(error))
      .onRequest(({ request }) => guard(hosts(), request))
      .get("/.well-known/agent.json", () => agentCard())
      // the routes below need a known caller, and are counted while they are in progress
      .derive(() => ({ end: traffic.begin() }))
      // what the guard refuses has none
      .onAfterResponse(({ end }: { end?: () => void }) => end?.())
      .resolve(async ({ request }) => ({ caller: await callerOf(auth, request) }))
      .get("/events", ({ request, caller }) => {
        const events = streams["events/follow"].open(services, caller, wantedBy(request));
        return eventStream(events, request, traffic.hold);
      })
      // Elysia would answer it with the length of what GET answers, which has no end
      .head("/events", () => new Response(null, { headers: { "content-type": "text/event-stream" } }))
      .all(
        "/mcp",
        async ({ request, caller }) => {
          const body = request.method === "POST" ? await bodyOf(request) : { value: undefined };
          if (body.problem) return Response.json(refuse(body.id, body.problem), { status: 400 });
          return (await mcp()).handle(request, caller, body.value);
        },
        { parse: "none" },
      )
      .all("/*", () => {
        throw new CordError("not_found", "There is nothing here.");
      })
  );
}

/** Makes something at the first call, for all of them. */
function lazily<Made>(make: () => Promise<Made>): () => Promise<Made> {
  let made: Promise<Made> | null = null;
  return () => (made ??= make());
}
