import { unending } from "../operations/unending.ts";
import { refuse, type Answer } from "./dispatch.ts";
import { healthOf } from "./health.ts";
import type { Arrival } from "./http/arrival.ts";
import { callerOf } from "./http/auth.ts";
import type { Reply } from "./http/connection.ts";
import { guard } from "./http/guard.ts";
import { held } from "./http/held.ts";
import { bodyOf } from "./http/json-body.ts";
import { JsonText } from "./http/json-text.ts";
import { refusal } from "./http/refusal.ts";
import { isLong, streamedJson } from "./http/streamed.ts";
import type { AppOptions } from "./router.ts";
import { prepareRpc } from "./rpc.ts";

/**
 * The daemon's endpoints. Every request passes the guard, and all but healthz and the card say who calls, before it is read.
 * Elysia has the routes, and is loaded by the first request that needs it, which takes an idle daemon 7 MB less. JSON-RPC, at
 * `POST /`, is answered past it, which takes a claim an eighth less; so is healthz, which all commands ask first.
 */
export function createApp(options: AppOptions): { answer: (arrival: Arrival) => Promise<Reply> } {
  let router: Router | null = null;
  let loading: Promise<Router> | null = null;
  /** It counts as under way meanwhile: an idle daemon does not go with a request that waits for the routes. */
  const answerOnceLoaded = async (arrival: Arrival): Promise<Reply> => {
    const end = options.traffic.begin();
    try {
      router = await (loading ??= loadRouter(options));
      return await router.handle(arrival.toRequest());
    } finally {
      end();
    }
  };
  return {
    async answer(arrival) {
      const direct = directRoutes.get(`${arrival.method} ${arrival.path}`);
      if (direct) return direct(options, arrival);
      return router === null ? answerOnceLoaded(arrival) : router.handle(arrival.toRequest());
    },
  };
}

/** What is answered past Elysia. */
export const directRoutes: ReadonlyMap<string, Route> = new Map<string, Route>([
  ["POST /", answerRpc],
  ["GET /healthz", answerHealth],
  ["HEAD /healthz", answerHealth],
]);

type Route = (options: AppOptions, arrival: Arrival) => Reply | Promise<Reply>;
type Router = Awaited<ReturnType<typeof loadRouter>>;

async function loadRouter(options: AppOptions) {
  const { routerOf } = await import("./router.ts");
  return routerOf(options);
}

function answerHealth(options: AppOptions, arrival: Arrival): Reply {
  try {
    guard(options.hosts(), arrival);
    const { query, peer, headers } = arrival;
    const health = healthOf(options, { query, peer, host: headers.get("host") });
    // for the head alone: a text is always written with its body
    return arrival.method === "HEAD" ? Response.json(health) : new JsonText(health);
  } catch (error) {
    return refusal(error);
  }
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

/**
 * JSON-RPC errors are sent under status 200: only a request that is refused before it is a call has a status of its
 * own.
 */
function rpcReply(answer: Answer | Answer[] | null): Reply {
  if (answer === null) return new Response(null, { status: 204 });
  return isLong(answer) ? streamedJson(answer) : new JsonText(answer);
}
