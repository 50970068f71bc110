/** What went wrong, as a word that a program can act on. This one table maps it to exit codes, HTTP and JSON-RPC. */
export type ErrorCode = keyof typeof errors;

/**
 * rpc: the JSON-RPC code; http: the status where there is no JSON-RPC; exit: the exit code of a command.
 * Sources: JSON-RPC 2.0 section 5.1, and docs/wire.md for the codes from -32000 down.
 */
export const errors = {
  usage: { rpc: -32602, http: 400, exit: 64 },
  parse: { rpc: -32700, http: 400, exit: 1 },
  invalid_request: { rpc: -32600, http: 400, exit: 1 },
  unknown_method: { rpc: -32601, http: 404, exit: 1 },
  invalid: { rpc: -32602, http: 400, exit: 64 },
  conflict: { rpc: -32001, http: 409, exit: 1 },
  stale_lease: { rpc: -32001, http: 409, exit: 1 },
  not_found: { rpc: -32004, http: 404, exit: 1 },
  no_resource: { rpc: -32002, http: 404, exit: 1 },
  not_allowed: { rpc: -32003, http: 403, exit: 1 },
  unauthorized: { rpc: -32003, http: 401, exit: 1 },
  unsupported_type: { rpc: -32000, http: 415, exit: 1 },
  too_large: { rpc: -32000, http: 413, exit: 1 },
  limit: { rpc: -32000, http: 409, exit: 3 },
  timeout: { rpc: -32000, http: 408, exit: 2 },
  unavailable: { rpc: -32000, http: 503, exit: 1 },
  busy: { rpc: -32000, http: 503, exit: 1 },
  disk_full: { rpc: -32000, http: 507, exit: 1 },
  read_only: { rpc: -32000, http: 503, exit: 1 },
  io_error: { rpc: -32000, http: 503, exit: 1 },
  damaged: { rpc: -32000, http: 503, exit: 1 },
  locked: { rpc: -32000, http: 503, exit: 1 },
  database_lost: { rpc: -32000, http: 503, exit: 1 },
  interrupted: { rpc: -32000, http: 499, exit: 130 },
  failed: { rpc: -32000, http: 500, exit: 1 },
  internal: { rpc: -32603, http: 500, exit: 1 },
} as const;

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === "string" && Object.hasOwn(errors, code);
}

/** An error that a user may read: one sentence that says what, why, and what to do now. */
export class CordError extends Error {
  readonly code: ErrorCode;
  /** What programs may want of the sentence, beside the code. */
  readonly data: Readonly<Record<string, unknown>>;
  /** The message for who has tools and no commands. */
  readonly toAgents: string;

  constructor(
    code: ErrorCode,
    message: string,
    options: ErrorOptions & { data?: Readonly<Record<string, unknown>>; toAgents?: string } = {},
  ) {
    super(message, options);
    this.name = "CordError";
    this.code = code;
    this.data = options.data ?? {};
    this.toAgents = options.toAgents ?? message;
  }
}

/** Errors of the database file or its disk. They are not the fault of the call: the next call meets them too. */
const diskTroubles: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "disk_full",
  "read_only",
  "io_error",
  "damaged",
  "locked",
  "database_lost",
]);

export function isDiskTrouble(error: unknown): error is CordError {
  return error instanceof CordError && diskTroubles.has(error.code);
}

/**
 * The message of anything that was thrown. A schema error is a page of JSON in its library's words: only its path is
 * told.
 */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!("issues" in error) || !Array.isArray(error.issues)) return error.message;
  const [issue]: unknown[] = error.issues;
  const path: unknown = typeof issue === "object" && issue !== null && "path" in issue ? issue.path : "";
  return `what was read does not have the form it should have, at ${JSON.stringify(path)}`;
}
