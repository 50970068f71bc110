import type { VariableName } from "./environment.ts";

/** The variables by which the processes of an attempt are known, whatever they start: everything below an agent has them. */
export const marks = {
  /** run/node/epoch */
  attempt: "CORD_ATTEMPT",
  /** the engine's pid:startTime:namespace */
  engine: "CORD_ENGINE",
} as const satisfies Readonly<Record<string, VariableName>>;
