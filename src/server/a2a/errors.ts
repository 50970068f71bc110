import { A2AError } from "@a2a-js/sdk/errors";
import { CordError, type ErrorCode } from "../../core/error.ts";
import { unexpected } from "../dispatch.ts";
import { a2aJson } from "./content-type.ts";

/** An error as either binding writes it. */
export interface Failure {
  kind: Kind;
  message: string;
  /** objects of google.rpc, each with its @type */
  details: object[];
  headers: Record<string, string>;
}

/** What is wrong with a field of a request, by its path: message.parts[0].text. */
export interface Violation {
  field: string;
  description: string;
}

/** How a kind of error is said: in JSON-RPC, as the status of HTTP, and as google.rpc.Status has it. */
interface Kind {
  rpc: number;
  http: number;
  status: string;
}

/** By the reason that ErrorInfo gives. Source: A2A 1.0.1, sections 5.4 and 9.5. */
const kinds = {
  TASK_NOT_FOUND: { rpc: -32001, http: 404, status: "NOT_FOUND" },
  TASK_NOT_CANCELABLE: { rpc: -32002, http: 400, status: "FAILED_PRECONDITION" },
  PUSH_NOTIFICATION_NOT_SUPPORTED: { rpc: -32003, http: 400, status: "FAILED_PRECONDITION" },
  UNSUPPORTED_OPERATION: { rpc: -32004, http: 400, status: "FAILED_PRECONDITION" },
  CONTENT_TYPE_NOT_SUPPORTED: { rpc: -32005, http: 400, status: "INVALID_ARGUMENT" },
  INVALID_AGENT_RESPONSE: { rpc: -32006, http: 500, status: "INTERNAL" },
  EXTENDED_AGENT_CARD_NOT_CONFIGURED: { rpc: -32007, http: 400, status: "FAILED_PRECONDITION" },
  EXTENSION_SUPPORT_REQUIRED: { rpc: -32008, http: 400, status: "FAILED_PRECONDITION" },
  VERSION_NOT_SUPPORTED: { rpc: -32009, http: 400, status: "FAILED_PRECONDITION" },
  INVALID_PARAMS: { rpc: -32602, http: 400, status: "INVALID_ARGUMENT" },
} as const satisfies Readonly<Record<string, Kind>>;

type Reason = keyof typeof kinds;

/** What A2A has no error of its own for. */
const others = {
  notJson: { rpc: -32700, http: 400, status: "INVALID_ARGUMENT" },
  noRequest: { rpc: -32600, http: 400, status: "INVALID_ARGUMENT" },
  tooLarge: { rpc: -32600, http: 413, status: "INVALID_ARGUMENT" },
  noMethod: { rpc: -32601, http: 404, status: "NOT_FOUND" },
  unknownCaller: { rpc: -32000, http: 401, status: "UNAUTHENTICATED" },
  forbidden: { rpc: -32004, http: 403, status: "PERMISSION_DENIED" },
  unavailable: { rpc: -32603, http: 503, status: "UNAVAILABLE" },
  internal: { rpc: -32603, http: 500, status: "INTERNAL" },
} as const satisfies Readonly<Record<string, Kind>>;

const ofCord: Readonly<Record<ErrorCode, Reason | keyof typeof others>> = {
  usage: "INVALID_PARAMS",
  parse: "notJson",
  invalid_request: "noRequest",
  unknown_method: "noMethod",
  invalid: "INVALID_PARAMS",
  conflict: "UNSUPPORTED_OPERATION",
  stale_lease: "UNSUPPORTED_OPERATION",
  not_found: "TASK_NOT_FOUND",
  no_resource: "TASK_NOT_FOUND",
  not_allowed: "forbidden",
  unauthorized: "unknownCaller",
  unsupported_type: "CONTENT_TYPE_NOT_SUPPORTED",
  too_large: "tooLarge",
  limit: "UNSUPPORTED_OPERATION",
  timeout: "unavailable",
  unavailable: "unavailable",
  busy: "unavailable",
  disk_full: "unavailable",
  read_only: "unavailable",
  io_error: "unavailable",
  damaged: "unavailable",
  locked: "unavailable",
  database_lost: "unavailable",
  interrupted: "unavailable",
  failed: "internal",
  internal: "internal",
};

/** Any error as A2A says it. What is neither the SDK's nor cord's is a defect: the caller learns only that there was one. */
export function failureOf(error: unknown): Failure {
  if (error instanceof A2AError && isReason(error.reason)) {
    const { reason, message, metadata } = error;
    return failure(kinds[reason], message, [infoOf(reason, metadata)]);
  }
  const known = error instanceof CordError ? error : unexpected(error);
  const { code, message } = known;
  const kind = ofCord[code];
  if (!isReason(kind)) return failure(others[kind], message, [ownInfoOf(code)]);
  const details = [infoOf(kind), ...(kind === "INVALID_PARAMS" ? [badRequestOf(known)] : [])];
  return failure(kinds[kind], message, details);
}

function failure(kind: Kind, message: string, details: object[]): Failure {
  return { kind, message, details, headers: headersOf[kind.http] ?? {} };
}

/** Of what a refusal of a whole request is said, in place of a field. */
export const wholeRequest = "params";

/** A refusal of a request's fields. It says them in its sentence too, for who reads only that. */
export function invalidFields(violations: readonly Violation[]): CordError {
  const [first = { field: wholeRequest, description: "is not as it should be" }] = violations;
  return new CordError("invalid", `${first.field}: ${first.description}`, { data: { violations } });
}

/** An answer of JSON-RPC to the call of this id. */
export function envelopeText(id: string | number | null, { kind, message, details }: Failure): string {
  const error = { code: kind.rpc, message, data: details };
  return JSON.stringify({ jsonrpc: "2.0", id, error });
}

/** A google.rpc.Status, as HTTP+JSON answers it (1.0.1, section 11.6). */
export function statusText({ kind, message, details }: Failure): string {
  return JSON.stringify({ error: { code: kind.http, status: kind.status, message, details } });
}

/** What refuses a request before it is read, in the form of its binding. */
export function refusalOf(error: unknown, binding: "JSONRPC" | "HTTP+JSON"): Response {
  const refused = failureOf(error);
  const [type, text] =
    binding === "JSONRPC"
      ? ["application/json", envelopeText(null, refused)]
      : [a2aJson, statusText(refused)];
  const headers = { ...refused.headers, "content-type": type };
  return new Response(text, { status: refused.kind.http, headers });
}

const headersOf: Readonly<Record<number, Record<string, string>>> = {
  401: { "www-authenticate": "Bearer" },
  503: { "retry-after": "5" },
};

function isReason(reason: string): reason is Reason {
  return Object.hasOwn(kinds, reason);
}

function infoOf(reason: Reason, metadata?: Readonly<Record<string, string>>): object {
  const info = { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason, domain: "a2a-protocol.org" };
  return metadata ? { ...info, metadata } : info;
}

function ownInfoOf(code: ErrorCode): object {
  return {
    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
    reason: code.toUpperCase(),
    domain: "cord",
  };
}

/** The fields that a refusal names; an operation's names the parameter of its own. */
function badRequestOf({ message, data }: CordError): object {
  const { violations, parameter } = data;
  const fieldViolations = Array.isArray(violations)
    ? violations
    : [{ field: typeof parameter === "string" ? parameter : wholeRequest, description: message }];
  return { "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations };
}
