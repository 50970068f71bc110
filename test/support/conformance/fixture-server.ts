import { refuse } from "../../../src/server/dispatch.ts";
import { guard, hostsFor } from "../../../src/server/http/guard.ts";
import { bodyOf } from "../../../src/server/http/json-body.ts";
import { refusal } from "../../../src/server/http/refusal.ts";
import { endpointOf } from "../../../src/server/mcp/endpoint.ts";
import type { Era } from "../../../src/server/mcp/era.ts";
import { sessionEra } from "../../../src/server/mcp/session-era.ts";
import { Sessions } from "../../../src/server/mcp/sessions.ts";
import { WaitingAnswers } from "../../../src/server/mcp/waiting-answer.ts";
import { countedTraffic } from "../network/traffic.ts";
import { openRig } from "../operations/rig.ts";
import { everyMs, fixtureClient, fixtures } from "./fixtures.ts";

/** The endpoint of the daemon's /mcp, for both generations of MCP, with the suite's catalogue behind it in place of cord's. */
export interface FixtureServer extends AsyncDisposable {
  url: string;
  /** how many requests are held open */
  held(): number;
}

export function startFixtureServer(): FixtureServer {
  const rig = openRig();
  const traffic = countedTraffic();
  const era = withFixtures(sessionEra(rig.services, new Sessions(rig.services, "seal"), traffic.hold));
  const generations = { era, clientOf: (_: Request, __: unknown, body: unknown) => fixtureClient(body) };
  const endpoint = endpointOf(generations, traffic, new WaitingAnswers(everyMs));
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    async fetch(request) {
      try {
        guard(hostsFor("127.0.0.1", server.port ?? 0), request);
        const body = request.method === "POST" ? await bodyOf(request) : { value: undefined };
        if (body.problem) return Response.json(refuse(body.id, body.problem), { status: 400 });
        return await endpoint.handle(request, { kind: "human" }, body.value);
      } catch (error) {
        return refusal(error);
      }
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}/mcp`,
    held: traffic.held,
    async [Symbol.asyncDispose]() {
      await server.stop(true);
      await rig.close();
    },
  };
}

/** Sessions are cord's own; what there is in them is the suite's. */
function withFixtures(era: Era): Era {
  return {
    ...era,
    clientOf(request, caller, body) {
      const client = era.clientOf(request, caller, body);
      if (client instanceof Response) return client;
      return { ...client, ...fixtures(body), subscriptions: fixtureClient(body).subscriptions };
    },
  };
}
