import { CordError, errors, type ErrorCode } from "../../core/error.ts";
import { unexpected } from "../dispatch.ts";

/** What refuses a request before it is a call: a plain answer, as on every route. */
export function refusal(error: unknown): Response {
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
