import { AgentCard } from "@a2a-js/sdk";
import { ServerCallContext } from "@a2a-js/sdk/server";
import { CordError } from "../../core/error.ts";
import type { Caller } from "../../core/tree.ts";
import type { Services } from "../../operations/context.ts";
import { operations } from "../../operations/list.ts";
import type { Traffic } from "../http/held.ts";
import { pureCard, subjectOf, type PresentAgent } from "./card.ts";
import { activatedIn } from "./extension.ts";
import { requestHandler } from "./handler.ts";
import { answerRpc } from "./json-rpc.ts";
import { answerRest } from "./rest.ts";
import type { Visit } from "./visit.ts";

/** What A2A needs of the daemon. */
interface EndpointOptions {
  services: Services;
  traffic: Traffic;
  /** no token is asked for */
  isOpen: boolean;
}

/** The endpoint of A2A: JSON-RPC at its own path, HTTP+JSON below it. */
export function a2aEndpoint(options: EndpointOptions) {
  return {
    handle(request: Request, caller: Caller): Promise<Response> {
      const path = new URL(request.url).pathname.slice("/a2a".length).replace(/^\//, "");
      const visit = visitOf(options, request, caller);
      return path === "" ? answerRpc(visit) : answerRest(visit, path);
    },
  };
}

function visitOf(options: EndpointOptions, request: Request, caller: Caller): Visit {
  const { services, traffic, isOpen } = options;
  const subject = subjectOf(request, isOpen, services.push.isAllowed);
  const activated = activatedIn(
    request.headers.get("a2a-extensions") ?? request.headers.get("x-a2a-extensions"),
  );
  return {
    request,
    traffic,
    handler: requestHandler({
      services,
      caller,
      signal: request.signal,
      cardFor: async (kind) =>
        AgentCard.fromJSON(
          pureCard(subject, kind === "extended" ? await presentAgents(services, caller, request.signal) : []),
        ),
    }),
    pushes: services.push.isAllowed,
    context: (requestedVersion) => new ServerCallContext({ requestedVersion }),
    headers: activated === null ? {} : { "a2a-extensions": activated },
  };
}

/** Those that have been seen of late, as far as their caller may know of agents. */
async function presentAgents(
  services: Services,
  caller: Caller,
  signal: AbortSignal,
): Promise<PresentAgent[]> {
  const operation = operations["agents/list"];
  try {
    const agents = await operation.perform(services, caller, {}, signal);
    const present = operation.output.parse(agents).filter(({ status }) => status !== "stale");
    return present.slice(0, maxAgents);
  } catch (error) {
    if (error instanceof CordError && error.code === "not_allowed") return [];
    throw error;
  }
}

const maxAgents = 100;
