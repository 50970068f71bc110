import { sessionHeaders } from "../../core/session.ts";
import { beginningOf, plain } from "../../core/text.ts";
import { TabId } from "../../operations/tabs/schemas.ts";

/** What a tab's client, or the bridge before it, says of a request in its headers. null: it does not. */
export interface TabRequest {
  /** where the client works */
  project: string | null;
  /** the tab whose bridge it comes from */
  tab: string | null;
  /** which conversation of the client's its calls come from */
  conversation: string | null;
  /** one and the same for a call that is made again because its answer was lost */
  requestId: string | null;
  /** what the client's agent is to be told with the result */
  notice: string | null;
}

export function tabRequestIn(headers: Headers): TabRequest {
  const notice = beginningOf(plain(decoded(headers.get(sessionHeaders.notice)) ?? ""), maxNotice);
  return {
    project: decoded(headers.get(sessionHeaders.project)),
    tab: TabId.safeParse(headers.get(sessionHeaders.tab)).data ?? null,
    conversation: headers.get(sessionHeaders.conversation),
    requestId: headers.get(sessionHeaders.request),
    notice: notice || null,
  };
}

/** In characters. */
const maxNotice = 2000;

/** Null: there is nothing, or nothing that can be read. */
function decoded(value: string | null): string | null {
  try {
    return value === null ? null : decodeURIComponent(value);
  } catch {
    return null;
  }
}
