/** For what tells nobody when it happens: asks, every so many milliseconds, until the answer is yes. Rejects after 20 s. */
export async function until(
  what: string,
  holds: () => Promise<boolean> | boolean,
  everyMs = 10,
): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`It never came: ${what}.`);
    await Bun.sleep(everyMs);
  }
}
