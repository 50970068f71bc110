/**
 * Prints what each profile's tool list costs an agent: `bun scripts/count-tools.ts`.
 * Claude's tokenizer is not public; 3.5 characters a token is on the safe side for JSON with English in it.
 */
import { toolList, type Profile } from "../src/server/mcp/catalogue.ts";

export const charactersPerToken = 3.5;
export const tokenBudget = 3000;

/** The length of a profile's tools/list as a client gets it, and what it is in tokens, about. */
export function costOf(profile: Profile): { tools: number; characters: number; tokens: number } {
  const tools = toolList(profile);
  const characters = JSON.stringify(tools).length;
  return { tools: tools.length, characters, tokens: Math.ceil(characters / charactersPerToken) };
}

if (import.meta.main) {
  for (const profile of ["board", "tree"] as const) {
    const { tools, characters, tokens } = costOf(profile);
    console.log(
      `${profile.padEnd(5)}  ${tools} tools  ${characters} characters  about ${tokens} of ${tokenBudget} tokens`,
    );
  }
}
