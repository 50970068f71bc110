import { afterEach, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import type { Reply } from "../../../src/server/http/connection.ts";
import type { Arrival } from "../../../src/server/http/arrival.ts";
import { sentInPieces } from "../../../src/server/http/sse.ts";
import { stillListener, type StillListener } from "../../support/network/still-listener.ts";
import { until } from "../../support/until.ts";

/** A stream on which nothing happens shows that it lives; the connection sees to it. */

let listener: StillListener;
afterEach(() => listener.close());

const request = (version = "1.1") => `GET / HTTP/${version}\r\nHost: here\r\n\r\n`;

/** A stream whose texts come when they are said; an empty one ends it. */
function spoken() {
  let next = Promise.withResolvers<string | null>();
  let isOver = false;
  return {
    say(text: string | null) {
      next.resolve(text);
      next = Promise.withResolvers();
    },
    isOver: () => isOver,
    answer: (arrival: Arrival) =>
      sentInPieces(arrival.toRequest(), {
        first: "first",
        heartbeat: () => ":\n\n",
        isSameAlways: true,
        heartbeatMs: 2800,
        next: () => next.promise,
        onEnd: () => (isOver = true),
        headers: {},
      }),
  };
}

const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
const sign = chunk(":\n\n");
const bodyIn = (said: string) => said.slice(said.indexOf("\r\n\r\n") + 4);

describe("a stream", () => {
  test("on which nothing is sent shows that it lives, again and again, until it ends", async () => {
    const stream = spoken();
    listener = stillListener(stream.answer);
    const { said } = await listener.client(request());
    await until("the beginning", () => said().endsWith(chunk("first")));
    listener.pass(2800);
    await until("a sign", () => said().endsWith(chunk("first") + sign));
    listener.pass(2800);
    await until("another", () => said().endsWith(chunk("first") + sign + sign));
    stream.say("second");
    await until("what is said", () => said().endsWith(sign + chunk("second")));
    listener.pass(2800);
    await until("a sign after that", () => said().endsWith(chunk("second") + sign));
    stream.say(null);
    await until("the end", () => said().endsWith("0\r\n\r\n"));
    expect(bodyIn(said())).toBe(`${chunk("first")}${sign}${sign}${chunk("second")}${sign}0\r\n\r\n`);
    expect(stream.isOver()).toBe(true);
  });

  test("to a client that knows no chunks has its signs as they are", async () => {
    const stream = spoken();
    listener = stillListener(stream.answer);
    const { said } = await listener.client(request("1.0"));
    await until("the beginning", () => said().endsWith("first"));
    listener.pass(2800);
    await until("a sign", () => bodyIn(said()) === "first:\n\n");
  });

  test("that has ended leaves none to the next answer of its connection", async () => {
    const stream = spoken();
    let count = 0;
    listener = stillListener((arrival) => {
      if ((count += 1) === 1) return stream.answer(arrival);
      arrival.writeTimeoutSeconds = 0;
      return new Promise<Reply>(() => {});
    });
    const { socket, said } = await listener.client(request());
    await until("the beginning", () => said().endsWith(chunk("first")));
    stream.say(null);
    await until("the end", () => said().endsWith("0\r\n\r\n"));
    socket.write(request());
    await until("the second request", () => count === 2);
    const silent = listener.kept(connect(listener.port, "127.0.0.1"));
    await new Promise((resolve) => silent.once("connect", resolve));
    listener.pass(31_000);
    await until("a look at all connections", () => silent.closed);
    expect(said()).toEndWith("0\r\n\r\n");
  });

  test("whose reader is behind is sent none, and is dropped after a minute", async () => {
    const stream = spoken();
    listener = stillListener(stream.answer);
    const { socket, said } = await listener.client(request());
    await until("the beginning", () => said().endsWith(chunk("first")));
    socket.pause();
    // more than the buffers of a connection hold
    stream.say("x".repeat(32 * 1_048_576));
    await until("the end of the stream", () => {
      listener.pass(31_000);
      return stream.isOver();
    });
    expect(said()).not.toContain(sign);
  });
});
