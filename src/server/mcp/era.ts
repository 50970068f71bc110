import type { Caller } from "../../core/tree.ts";
import type { Methods } from "../dispatch.ts";
import type { Client } from "./client.ts";

/** MCP before 2026-07-28: its methods, and how it knows whose a request is. */
export interface Era {
  /** those that a request may name in its header */
  versions: readonly string[];
  methods: Methods<Client>;
  /** Others are ignored. */
  notifications: ReadonlyMap<string, (client: Client, params: unknown) => void>;
  /** Who sent this POST; a Response where the request is nobody's that is known. */
  clientOf(request: Request, caller: Caller, body: unknown): Client | Response;
  /** Answers what is no POST. */
  answerOther(request: Request, caller: Caller): Response;
}
