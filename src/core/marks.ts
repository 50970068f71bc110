import type { VariableName } from "./environment.ts";

/** The variables that mark the processes of an attempt: everything below an agent inherits them. */
export const marks = {
  /** run/node/epoch */
  attempt: "CORD_ATTEMPT",
  /** the engine's pid:startTime:namespace */
  engine: "CORD_ENGINE",
} as const satisfies Readonly<Record<string, VariableName>>;
