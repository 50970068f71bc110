import { CordError, isErrorCode, type ErrorCode } from "../../core/error.ts";

/**
 * What is refused before it is a call, or a stream, says `{"error", "code"}` under the code's status. Daemons before 0.2 say no
 * code; null: the answer is no refusal of a daemon's.
 */
export function refusalIn(answer: unknown, status: number): CordError | null {
  if (typeof answer !== "object" || answer === null || !("error" in answer)) return null;
  const { error } = answer;
  if (typeof error !== "string") return null;
  const code = "code" in answer ? answer.code : undefined;
  return new CordError(isErrorCode(code) ? code : codeOfStatus(status), error);
}

function codeOfStatus(status: number): ErrorCode {
  if (status === 401) return "unauthorized";
  if (status === 503) return "busy";
  return status === 413 ? "too_large" : "not_allowed";
}
