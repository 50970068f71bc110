import type { Environment, VariableName } from "../core/environment.ts";

/** The environment of this process, and what it hands on: all of it goes to a program that is started with it. */
// oxlint-disable-next-line no-restricted-properties -- the one place that reads it
export const environment: Environment = process.env;

/** From now on this process, and what it starts, has these. */
export function setVariables(values: Readonly<Partial<Record<VariableName, string>>>): void {
  // oxlint-disable-next-line no-restricted-properties -- the one place that writes it
  Object.assign(process.env, values);
}
