import { expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import type { Arrival } from "../../../src/server/http/arrival.ts";
import { listenHttp } from "../../../src/server/http/listener.ts";

/** What a daemon that ends does with what is under way. */

/** A server that answers a path when it is let, and what its clients hear. */
function serverWithClients() {
  const arrivals = new Map<string, PromiseWithResolvers<Arrived>>();
  const arrivalOf = (path: string) => {
    const known = arrivals.get(path) ?? Promise.withResolvers<Arrived>();
    arrivals.set(path, known);
    return known;
  };
  const heard: string[] = [];
  const listener = listenHttp(
    { hostname: "127.0.0.1", port: 0 },
    {
      answer: (request) =>
        new Promise((resolve) => {
          heard.push(request.path);
          arrivalOf(request.path).resolve({ request, answer: (text) => resolve(new Response(text)) });
        }),
      maxBodyBytes: 1000,
      now: () => performance.now(),
      date: () => "",
    },
  );
  const arrival = (path: string) => arrivalOf(path).promise;
  return { listener, heard, arrival, ask: (path: string) => client(listener.port, path) };
}

/** A request, and how it is answered. */
interface Arrived {
  request: Arrival;
  answer: (text: string) => void;
}

/** `heard` resolves with all that came until the connection ended. */
function client(port: number, path: string): { socket: Socket; heard: Promise<string> } {
  const socket = connect(port, "127.0.0.1");
  let text = "";
  const heard = new Promise<string>((resolve) => {
    socket.on("data", (bytes) => (text += String(bytes)));
    socket.on("close", () => resolve(text));
    socket.on("error", () => {});
  });
  if (path !== "") socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
  return { socket, heard };
}

test("what is being answered is answered, idle connections end at once, nobody new comes in, and waits end last", async () => {
  const { listener, heard, arrival, ask } = serverWithClients();
  const [short, wait, idle] = [ask("/short"), ask("/wait"), ask("")];
  const answered = await arrival("/short");
  (await arrival("/wait")).request.writeTimeoutSeconds = 0;
  const drained = listener.drain(60_000);
  expect(await idle.heard).toBe("");
  expect(await ask("/late").heard).toBe("");
  answered.answer("in the end");
  await drained;
  const said = await short.heard;
  expect(said).toMatch(/^HTTP\/1\.1 200 .*\r\n\r\nin the end$/s);
  expect(said.toLowerCase()).toContain("connection: close");
  expect(heard).not.toContain("/late");
  expect(wait.socket.closed).toBe(false);
  listener.stop();
  expect(await wait.heard).toBe("");
});

test("what is not answered in time is cut off", async () => {
  const { listener, arrival, ask } = serverWithClients();
  const never = ask("/never");
  await arrival("/never");
  await listener.drain(10);
  listener.stop();
  expect(await never.heard).toBe("");
});
