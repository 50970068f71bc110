import { testTimeoutMs } from "../../scripts/steps.ts";

interface UntilOptions {
  /** how often it asks */
  everyMs?: number;
  /** where a bound is what is tested; without it as long as the test may take, but for the time to say what never came */
  withinMs?: number;
}

/** For what tells nobody when it happens: asks until the answer is yes. Rejects when it never is. */
export async function until(
  what: string,
  holds: () => Promise<boolean> | boolean,
  { everyMs = 10, withinMs = testTimeoutMs - 10_000 }: UntilOptions = {},
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`It did not come within ${withinMs} ms: ${what}.`);
    await Bun.sleep(everyMs);
  }
}
