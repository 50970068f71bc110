import type { A2aVersion } from "../../core/a2a-version.ts";
import { CordError } from "../../core/error.ts";
import { isJsonObject } from "../../core/json.ts";
import { sseText } from "../../core/sse.ts";
import { beginningOf } from "../../core/text.ts";
import { bodyOf } from "../http/json-body.ts";
import { answerAlive, answerOnce, answerStream, refusedBy, type Binding } from "./alive.ts";
import { isJsonTyped } from "./content-type.ts";
import { currentMethods } from "./current.ts";
import { envelopeText, failureOf } from "./errors.ts";
import { legacyMethods } from "./legacy.ts";
import { readCall, type Method, type Read } from "./method.ts";
import { isOnePointZero } from "./methods.ts";
import { isStream } from "./envelope.ts";
import { remembering, transportOf } from "./transport.ts";
import { spokenVersion, versionWanted } from "./version.ts";
import type { Visit } from "./visit.ts";

/** Answers A2A over JSON-RPC, in the generation that the request names. */
export async function answerRpc(visit: Visit): Promise<Response> {
  const { request, headers } = visit;
  if (request.method !== "POST")
    return new Response(null, { status: 405, headers: { ...headers, allow: "POST" } });
  let binding = bindingOf(null, headers);
  try {
    const call = await callIn(request, (id) => (binding = bindingOf(id, headers)));
    const version = spokenVersion(request);
    const read = readCall(methodOf(version, call), call.params, visit.pushes);
    return await answer(visit, version, { ...call, ...read }, binding);
  } catch (error) {
    return refusedBy(binding, error);
  }
}

type Id = string | number | null;

interface Call {
  id: Id;
  method: string;
  params: unknown;
}

async function answer(
  visit: Visit,
  version: A2aVersion,
  { id, method, params, way }: Call & Read,
  binding: Binding,
): Promise<Response> {
  const failed: { error?: unknown } = {};
  const handler = await transportOf(version, remembering(visit.handler, failed));
  const call: Record<string, unknown> = { jsonrpc: "2.0", id, method, params };
  const asked = () => handler.handle(call, visit.context(version));
  const whole = async () => {
    const given = await asked();
    if (isStream(given)) throw new Error(`${method} is no stream`);
    if (given.error !== undefined && "error" in failed) throw failed.error;
    return given;
  };
  if (way === "once") return answerOnce(binding, whole);
  if (way === "alive") return answerAlive(visit.request, visit.traffic, binding, whole);
  const given = await asked();
  // the SDK's stream holds the call for as long as it lasts
  delete call["params"];
  return isStream(given)
    ? answerStream(visit.request, visit.traffic, binding, given)
    : answerOnce(binding, () => Promise.resolve(given));
}

/** Reads the body as one call. Its id is told as soon as it is known: a refusal is an answer to it. */
async function callIn(request: Request, tellId: (id: Id) => void): Promise<Call> {
  if (!isJsonTyped(request)) throw new CordError("unsupported_type", "Send the call as application/json.");
  const { value, problem, id: said } = await readBody(request);
  tellId(idIn(said) ?? null);
  if (problem) throw problem;
  if (Array.isArray(value))
    throw new CordError("invalid_request", "A2A knows no batches: send one call at a time.");
  if (!isJsonObject(value)) throw new CordError("invalid_request", "A call is an object with a method.");
  const { jsonrpc, method, params } = value;
  const id = value["id"] === undefined ? null : idIn(value["id"]);
  if (id === undefined)
    throw new CordError(
      "invalid_request",
      `id must be a text of up to ${maxIdLength} characters, or a whole number below 2^53.`,
    );
  tellId(id);
  if (jsonrpc !== "2.0") throw new CordError("invalid_request", 'jsonrpc must be "2.0".');
  if (typeof method !== "string" || method === "")
    throw new CordError("invalid_request", 'method must be a text, such as "SendMessage".');
  return { id, method, params };
}

async function readBody(request: Request) {
  const body = await bodyOf(request);
  return body.problem ? { value: undefined, ...body } : { value: body.value, problem: null, id: null };
}

/** Undefined: it is none. It comes back in each event of a stream. */
function idIn(id: unknown): Id | undefined {
  if (id === null || Number.isSafeInteger(id)) return typeof id === "number" ? id : null;
  return typeof id === "string" && id.length <= maxIdLength ? id : undefined;
}

const maxIdLength = 256;

function methodOf(version: A2aVersion, { method }: Call): Method {
  const [methods, others] =
    version === "1.0" ? [currentMethods, legacyMethods] : [legacyMethods, currentMethods];
  const known = methods.get(method);
  if (known) return known;
  if (isOnePointZero(method)) throw versionWanted(method);
  const name = beginningOf(method, 64);
  throw new CordError(
    "unknown_method",
    others.has(method)
      ? `${name} is of A2A 0.3, and this request says A2A-Version: ${version}.`
      : `A2A ${version} has no method ${JSON.stringify(name)}. The board's own are at POST /.`,
  );
}

function bindingOf(id: Id, headers: Record<string, string>): Binding {
  return {
    contentType: "application/json",
    headers,
    failsByStatus: false,
    refused(error) {
      const failure = failureOf(error);
      const { http } = failure.kind;
      const status = ownStatuses.has(http) ? http : 200;
      return { text: envelopeText(id, failure), status, headers: failure.headers };
    },
    lastEvent: (error) => sseText({ data: envelopeText(id, failureOf(error)) }),
  };
}

/** Errors of a call travel under 200. These say that there was none: the body was too long, or the daemon can do nothing now. */
const ownStatuses: ReadonlySet<number> = new Set([413, 503]);
