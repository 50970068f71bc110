import { Elysia } from "elysia";
import { CordError, errors, type ErrorCode } from "../core/error.ts";
import { isJsonObject, parseJson } from "../core/json.ts";
import { version, wire } from "../core/version.ts";
import { streams } from "../operations/list.ts";
import type { Services } from "../operations/context.ts";
import { callerOf, type Auth } from "./http/auth.ts";
import { agentCard } from "./card.ts";
import { eventStream, wantedBy } from "./events.ts";
import { guard, refuseDeep, type Hosts } from "./http/guard.ts";
import { arrivalOf, type Arrival } from "./http/arrival.ts";
import type { Reply } from "./http/connection.ts";
import { held, type Traffic } from "./http/held.ts";
import { JsonText } from "./http/json-text.ts";
import { isLong, streamedJson } from "./http/streamed.ts";
import { refuse, unexpected, type Answer } from "./dispatch.ts";
import { prepareRpc } from "./rpc.ts";

export interface AppOptions {
  services: Services;
  auth: Auth;
  /** known only once the port is */
  hosts: () => Hosts;
  database: string;
  /** the folder of the notes; null for none */
  vault: string | null;
  /** why the daemon can do nothing any more; null as long as it can */
  problem: () => string | null;
  traffic: Traffic;
}

/**
 * The daemon's endpoints. Every request passes the guard, and all but healthz and the cards say who calls, before it is
 * read. Elysia has the routes; JSON-RPC, at `POST /`, is answered past it, which takes a claim an eighth less.
 */
export function createApp(options: AppOptions) {
  const router = routes(options);
  return {
    router,
    answer: async (arrival: Arrival): Promise<Reply> =>
      arrival.method === "POST" && arrival.path === "/"
        ? answerRpc(options, arrival)
        : router.handle(arrival.toRequest()),
  };
}

/** MCP is loaded by the first request for it: a daemon that no agent talks to does not hold its schemas in memory. */
function routes({ services, auth, hosts, database, vault, problem, traffic }: AppOptions) {
  const mcp = lazily(async () =>
    (await import("./mcp/endpoint.ts")).mcpEndpoint(services, auth.seal, traffic),
  );
  const origin = () => `http://${[...hosts().names][0] ?? ""}/`;
  const facts = () => ({ version, wire, database, address: origin(), pid: process.pid, vault });
  const about = () => ({ name: "cord", ...condition(problem()), ...facts() });
  return (
    new Elysia({ normalize: false })
      .onError(({ error }) => refusal(error))
      .onRequest(({ request }) => guard(hosts(), request))
      .get("/healthz", ({ request }) => ({
        ...about(),
        ...auth.prover.answer(request, arrivalOf(request)?.peer ?? null),
      }))
      .get("/.well-known/agent.json", () => agentCard())
      // what stands below is for those who say who they are, and counts as long as it is under way
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

/** Answers JSON-RPC. What is refused before it is a call becomes a plain answer, as on every route. */
async function answerRpc({ services, auth, hosts, traffic }: AppOptions, arrival: Arrival): Promise<Reply> {
  const end = traffic.begin();
  try {
    guard(hosts(), arrival);
    const caller = await callerOf(auth, arrival);
    const body = await bodyOf(arrival);
    if (body.problem) return new JsonText(refuse(body.id, body.problem));
    const { holdsOpenMs, answer } = prepareRpc(services, caller, body.value);
    if (holdsOpenMs === 0) return rpcReply(await answer(unending));
    return await held(traffic, arrival, async () => rpcReply(await answer(arrival.signal)));
  } catch (error) {
    return refusal(error);
  } finally {
    end();
  }
}

/** Makes something at the first call, for all of them. */
function lazily<Made>(make: () => Promise<Made>): () => Promise<Made> {
  let made: Promise<Made> | null = null;
  return () => (made ??= make());
}

function condition(problem: string | null): { ok: boolean; problem?: string } {
  return problem === null ? { ok: true } : { ok: false, problem };
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
    throw new CordError(
      "too_large",
      "A body may be 1 MiB. Put a larger result into a file and hand in its path.",
    );
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
  const { code, message } = known;
  const headers = headersOf[code] ?? {};
  return Response.json({ error: message, code }, { status: errors[code].http, headers });
}

/** A connection on which there was no room ends with its answer, so that the next one is let in. */
const headersOf: Readonly<Partial<Record<ErrorCode, Record<string, string>>>> = {
  unauthorized: { "www-authenticate": "Bearer" },
  busy: { "retry-after": "5", connection: "close" },
};
