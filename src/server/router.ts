import { Elysia } from "elysia";
import { CordError } from "../core/error.ts";
import { lazily } from "../core/lazily.ts";
import type { Services } from "../operations/context.ts";
import { streams } from "../operations/list.ts";
import { refuse } from "./dispatch.ts";
import { eventStream, tabStream, wantedBy } from "./events.ts";
import type { HealthSubject } from "./health.ts";
import { callerOf, type Auth } from "./http/auth.ts";
import { guard, guardFromPages } from "./http/guard.ts";
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
  const isOpen = auth.secret === null;
  const cards = lazily(async () => {
    const { cardRoutes } = await import("./a2a/cards.ts");
    return cardRoutes({ isOpen, pushes: services.push.isAllowed, since: services.clock() });
  });
  const a2a = lazily(async () =>
    (await import("./a2a/endpoint.ts")).a2aEndpoint({ services, traffic, isOpen }),
  );
  return (
    new Elysia({ normalize: false })
      .onError(async ({ error, request }) =>
        isA2a(request)
          ? (await import("./a2a/errors.ts")).refusalOf(error, bindingOf(request))
          : refusal(error),
      )
      .onRequest(({ request }) => guard(hosts(), request, { looksAtType: !isA2a(request) }))
      .get("/.well-known/agent.json", async ({ request }) => (await cards()).board(request))
      .get("/.well-known/agent-card.json", async ({ request }) => (await cards()).a2a(request))
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
      .get("/tabs", ({ request, caller }) => {
        guardFromPages(request);
        const sayings = streams["tabs/follow"].open(services, caller, wantedBy(request));
        return tabStream(sayings, request, traffic.hold);
      })
      .head("/tabs", () => new Response(null, { headers: { "content-type": "text/event-stream" } }))
      .all(
        "/mcp",
        async ({ request, caller }) => {
          const body = request.method === "POST" ? await bodyOf(request) : { value: undefined };
          if (body.problem) return Response.json(refuse(body.id, body.problem), { status: 400 });
          return (await mcp()).handle(request, caller, body.value);
        },
        { parse: "none" },
      )
      .all("/a2a", async ({ request, caller }) => (await a2a()).handle(request, caller), { parse: "none" })
      .all("/a2a/*", async ({ request, caller }) => (await a2a()).handle(request, caller), { parse: "none" })
      .all("/*", () => {
        throw new CordError("not_found", "There is nothing here.");
      })
  );
}

/** A request for A2A. What it says the type of its body to be is judged there: its refusal is one of A2A's. */
function isA2a({ url }: Request): boolean {
  return /^\/a2a(?:\/|$)/.test(new URL(url).pathname);
}

/** Of a request for A2A: its refusals have the form of its binding. */
function bindingOf({ url }: Request): "JSONRPC" | "HTTP+JSON" {
  return /^\/a2a\/?$/.test(new URL(url).pathname) ? "JSONRPC" : "HTTP+JSON";
}
