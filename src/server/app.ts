import { Elysia } from "elysia";
import { CordError, errors } from "../core/error.ts";
import { isJsonObject, parseJson } from "../core/json.ts";
import { version, wire } from "../core/version.ts";
import type { Caller } from "../core/tree.ts";
import type { World } from "../operations/operation.ts";
import { callerOf, type Gate } from "./http/auth.ts";
import { agentCard } from "./card.ts";
import { eventStream } from "./events.ts";
import { guard, Refusal, refuseDeep, type Asking, type Door } from "./http/guard.ts";
import { arrivalOf, type Arrival } from "./http/arrival.ts";
import type { Reply } from "./http/connection.ts";
import { held, type Traffic } from "./http/held.ts";
import { JsonText } from "./http/json-text.ts";
import { isLong, streamedJson } from "./http/streamed.ts";
import { refuse, unexpected, type Answer } from "./dispatch.ts";
import { prepareRpc } from "./rpc.ts";

export interface AppOptions {
  world: World;
  gate: Gate;
  /** known only once the port is */
  door: () => Door;
  database: string;
  /** the folder of the notes; null for none */
  vault: string | null;
  /** why the daemon can do nothing any more; null as long as it can */
  problem: () => string | null;
  traffic: Traffic;
}

/**
 * The daemon's doors. Every request passes the guard, and all but healthz and the cards the gate, before it is read.
 * Elysia has the routes; JSON-RPC, at `POST /`, is answered past it, which takes a claim an eighth less. MCP is loaded by
 * the first request for it: a daemon that no agent talks to does not hold its schemas in memory.
 */
export function createApp({ world, gate, door, database, vault, problem, traffic }: AppOptions) {
  const mcp = lazily(async () => (await import("./mcp/endpoint.ts")).mcpEndpoint(world, gate.seal, traffic));
  const origin = () => `http://${[...door().hosts][0] ?? ""}/`;
  const facts = () => ({ version, wire, database, address: origin(), pid: process.pid, vault });
  const about = () => ({ name: "cord", ...condition(problem()), ...facts() });

  /** Runs a route for whoever calls; what it throws becomes a plain answer. */
  async function admit<Given extends Reply>(
    request: Asking,
    route: (caller: Caller) => Promise<Given>,
  ): Promise<Given | Response> {
    const end = traffic.begin();
    try {
      guard(door(), request);
      return await route(await callerOf(gate, request));
    } catch (error) {
      return refusal(error);
    } finally {
      end();
    }
  }

  const answerCall = (arrival: Arrival) =>
    admit(arrival, (caller) => replyTo(arrival, world, caller, traffic));

  const router = new Elysia({ normalize: false })
    .get("/healthz", ({ request }) =>
      publicly(door(), request, () => ({
        ...about(),
        ...gate.prover.answer(request, arrivalOf(request)?.peer ?? null),
      })),
    )
    .get("/.well-known/agent.json", ({ request }) => publicly(door(), request, agentCard))
    .get("/events", ({ request }) =>
      admit(request, async (caller) => {
        if (caller.kind === "node")
          throw new CordError("not_allowed", "A node's token does not open /events.");
        return eventStream(world, request, traffic.hold);
      }),
    )
    // Elysia would answer it with the length of what GET answers, which has no end
    .head("/events", ({ request }) =>
      admit(request, async () => new Response(null, { headers: { "content-type": "text/event-stream" } })),
    )
    .all(
      "/mcp",
      ({ request }) =>
        admit(request, async (caller) => {
          const body = request.method === "POST" ? await bodyOf(request) : { value: undefined };
          if (body.problem) return Response.json(refuse(body.id, body.problem), { status: 400 });
          return (await mcp()).handle(request, caller, body.value);
        }),
      { parse: "none" },
    )
    .all("/*", ({ request }) =>
      admit(request, async () => Response.json({ error: "There is nothing here." }, { status: 404 })),
    )
    .onError(({ error }) => refusal(error));
  return {
    router,
    answer: async (arrival: Arrival): Promise<Reply> =>
      arrival.method === "POST" && arrival.path === "/"
        ? answerCall(arrival)
        : router.handle(arrival.toRequest()),
  };
}

/** Makes something at the first call, for all of them. */
function lazily<Made>(make: () => Promise<Made>): () => Promise<Made> {
  let made: Promise<Made> | null = null;
  return () => (made ??= make());
}

/** Answers whoever passes the guard. */
function publicly(door: Door, request: Request, body: () => unknown): Response {
  try {
    guard(door, request);
    return Response.json(body());
  } catch (error) {
    return refusal(error);
  }
}

function condition(problem: string | null): { ok: boolean; problem?: string } {
  return problem === null ? { ok: true } : { ok: false, problem };
}

async function replyTo(arrival: Arrival, world: World, caller: Caller, traffic: Traffic): Promise<Reply> {
  const body = await bodyOf(arrival);
  if (body.problem) return new JsonText(refuse(body.id, body.problem));
  const { holdsOpenMs, answer } = prepareRpc(world, caller, body.value);
  return holdsOpenMs > 0
    ? held(traffic, arrival, async () => rpcReply(await answer(arrival.signal)))
    : rpcReply(await answer(unending));
}

/** JSON-RPC's errors travel under 200: only a request that is refused before it is a call has a status of its own. */
function rpcReply(answer: Answer | Answer[] | null): Reply {
  if (answer === null) return new Response(null, { status: 204 });
  return isLong(answer) ? streamedJson(answer) : new JsonText(answer);
}

type Body = { value: unknown; problem?: undefined } | { value?: undefined; problem: CordError; id: unknown };

async function bodyOf(request: Pick<Request, "text">): Promise<Body> {
  // the server cuts a body off at the limit, also one that comes in chunks: the reading of it then fails
  const text = await request.text().catch(() => null);
  if (text === null)
    throw new Refusal(413, "A body may be 1 MiB. Put a larger result into a file and hand in its path.");
  refuseDeep(text);
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    if (error instanceof CordError) return { problem: error, id: idIn(text) };
    return { problem: new CordError("parse", "The body is not JSON."), id: null };
  }
  return { value };
}

/** The id of a call that holds a number no JSON can: the refusal is still an answer to that call. */
function idIn(text: string): unknown {
  const body: unknown = JSON.parse(text);
  const id = isJsonObject(body) ? body["id"] : null;
  return typeof id === "string" || Number.isFinite(id) ? id : null;
}

/** For calls that end by themselves: a request's own signal costs more than many of them. */
const unending = new AbortController().signal;

function refusal(error: unknown): Response {
  const known = error instanceof CordError ? error : unexpected(error);
  const status = known instanceof Refusal ? known.status : errors[known.code].http;
  const headers = {
    ...(known instanceof Refusal ? known.headers : {}),
    ...(status === 401 ? { "www-authenticate": "Bearer" } : {}),
  };
  return Response.json({ error: known.message }, { status, headers });
}
