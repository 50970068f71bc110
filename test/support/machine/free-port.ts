import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/**
 * A port on which nobody listens. It is below those that systems hand out by themselves, so that no other test is given
 * it between this look and its use.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_000);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
