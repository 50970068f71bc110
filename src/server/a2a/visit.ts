import type { A2ARequestHandler, ServerCallContext } from "@a2a-js/sdk/server";
import type { Traffic } from "../http/held.ts";

/** One request of A2A, of either binding. */
export interface Visit {
  request: Request;
  traffic: Traffic;
  /** what the methods mean, for its caller */
  handler: A2ARequestHandler;
  context(version: string): ServerCallContext;
  /** whether push notifications are allowed here */
  pushes: boolean;
  /** of every answer */
  headers: Record<string, string>;
}
