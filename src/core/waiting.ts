import { isJsonObject, jsonIn } from "./json.ts";

/**
 * How long a call asks to be held open, in milliseconds, by its parameters: under any spelling of their names that a
 * tool accepts, as number or text, and also when all parameters are one text. 0: it does not wait.
 */
export function waitMsIn(params: unknown): number {
  const said = typeof params === "string" && waitNamed.test(params) ? jsonIn(params) : params;
  if (!isJsonObject(said)) return 0;
  let longest = 0;
  for (const [name, value] of Object.entries(said)) {
    const unit = waitPattern.exec(name)?.[1]?.toLowerCase();
    if (unit !== undefined) longest = Math.max(longest, numberIn(value) * (unit === "ms" ? 1 : 1000));
  }
  return longest;
}

/** Whether a text may hold parameters that ask for a wait. */
export function mentionsWait(text: string): boolean {
  return waitNamed.test(text);
}

const waitNamed = /wait[-_ ]?(?:ms|seconds)/i;
const waitPattern = /^wait[-_ ]?(ms|seconds)$/i;

function numberIn(value: unknown): number {
  const number = typeof value === "string" ? Number(value) : value;
  return typeof number === "number" && number > 0 ? number : 0;
}
