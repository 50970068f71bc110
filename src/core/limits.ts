import { nestingLimit } from "./nesting.ts";

/** The bounds of what anybody may hand in. Lengths in characters, unless their names say otherwise. */
export const limits = {
  nameLength: 256,
  wordLength: 64,
  agentLength: 128,
  promptLength: 1_000_000,
  bodyBytes: 1_048_576,
  nesting: nestingLimit,
  needs: 64,
  leaseSeconds: { min: 1, max: 3600, default: 300 },
  /** why an attempt or a task failed */
  reasonLength: 10_000,
  /** why a node was stopped or given back */
  noteLength: 2000,
  /** what an agent does, or what holds it or its engine up */
  noticeLength: 500,
  /** of how many tools it is told by name that they were denied */
  deniedTools: 50,
  waitMs: 60_000,
  listed: 1000,
} as const;
