import type { Client } from "../../client/client.ts";
import { CordError } from "../../core/error.ts";
import { tabHere } from "../../client/tab-here.ts";

/**
 * Who acts by a command: whom --as or CORD_AGENT names, else the tab whose client has started this process, as one of its agent's
 * commands. Null: nobody knows, as of a person in a shell.
 */
export async function actorOf(client: Client, given: string | undefined): Promise<string | null> {
  if (given) return given;
  try {
    return (await client.call("tabs/whose", tabHere()))?.handle ?? null;
  } catch (error) {
    // a daemon that is older knows of no tabs
    if (error instanceof CordError && error.code === "unknown_method") return null;
    throw error;
  }
}

/** The same, where the command cannot do without. */
export async function requireActor(client: Client, given: string | undefined): Promise<string> {
  const agent = await actorOf(client, given);
  if (agent !== null) return agent;
  throw new CordError("usage", "Who are you? Say it with --as AGENT, or once for the shell with CORD_AGENT.");
}
