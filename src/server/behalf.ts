import type { Caller } from "../core/tree.ts";
import type { World } from "../operations/operation.ts";
import type { Tab } from "./mcp/tab.ts";

/** On whose behalf a tool is called. A tab's session fills in what its calls leave out, and learns from each. */
export interface Behalf {
  world: World;
  caller: Caller;
  signal: AbortSignal;
  session?: Tab;
  requestId?: string | null;
  /** what the client's bridge wants to be said with the result */
  notice?: string | null;
}
