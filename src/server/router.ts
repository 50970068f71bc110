import { Elysia } from "elysia";
import { CordError } from "../core/error.ts";
import type { Services } from "../operations/context.ts";
import { streams } from "../operations/list.ts";
import { agentCard } from "./card.ts";
import { eventStream, wantedBy } from "./events.ts";
import { healthOf, type HealthSubject } from "./health.ts";
import { arrivalOf } from "./http/arrival.ts";
import { callerOf, type Auth } from "./http/auth.ts";
import { guard } from "./http/guard.ts";
import type { Traffic } from "./http/held.ts";
import { refusal } from "./http/refusal.ts";

export interface AppOptions extends HealthSubject {
  services: Services;
  auth: Auth;
  traffic: Traffic;
}

/** The routes of what is not asked so often, or so soon, that it is answered past them. */
export function routerOf(options: AppOptions) {
  const { services, auth, hosts, traffic } = options;
  return (
    new Elysia({ normalize: false })
      .onError(({ error }) => refusal(error))
      .onRequest(({ request }) => guard(hosts(), request))
      .get("/healthz", ({ request }) =>
        healthOf(options, {
          query: new URL(request.url).searchParams,
          host: request.headers.get("host"),
          peer: arrivalOf(request)?.peer ?? null,
        }),
      )
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
      .all("/*", () => {
        throw new CordError("not_found", "There is nothing here.");
      })
  );
}
