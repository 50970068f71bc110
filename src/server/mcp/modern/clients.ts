import { sessionHeaders } from "../../../core/session.ts";
import type { Caller } from "../../../core/tree.ts";
import type { Services } from "../../../operations/context.ts";
import { Calls } from "../calls.ts";
import { nodeClient, tabClient, type Client } from "../client.ts";
import { refused } from "../refused.ts";
import { strayTab, type Sessions } from "../sessions.ts";
import { tabRequestIn } from "../tab-request.ts";
import { reminderOf } from "../tab.ts";

/** Whose a request of MCP 2026-07-28 is; a Response where it is nobody's that is known. */
export type ClientOf = (request: Request, caller: Caller, body: unknown) => Client | Response;

/** There are no sessions, so a call says all that it needs: but cord's own bridge has one for each of its clients. */
export function statelessClients(services: Services, sessions: Sessions): ClientOf {
  return ({ headers }, caller) => {
    // a call is taken back by closing its connection: it is looked for by its id nowhere
    if (caller.kind === "node") return nodeClient(services, caller, new Calls());
    const said = tabRequestIn(headers);
    const id = headers.get(sessionHeaders.held);
    if (id === null)
      return { ...tabClient(services, sessions, strayTab(said.project), said), headers: () => ({}) };
    const session = sessions.find(id, headers.get(sessionHeaders.memory));
    if (session === null) return refused(404, "This session is over; initialize again.");
    sessions.attend(session, said);
    return {
      ...tabClient(services, sessions, session, said),
      headers: () => ({ [sessionHeaders.memory]: reminderOf(session, session.subscriptions.uris) }),
    };
  };
}
