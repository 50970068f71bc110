import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { pushPrefixes } from "../../../../src/core/push-target.ts";
import { sealerOf } from "../../../../src/server/a2a/push/seal.ts";
import { send, type SendOptions } from "../../../../src/server/a2a/push/send.ts";
import type { PushRow } from "../../../../src/store/tables/push-configs.ts";
import { startReceiver, type Receiver } from "../../../support/a2a/receiver.ts";

let receiver: Receiver;
beforeEach(() => (receiver = startReceiver()));
afterEach(() => receiver[Symbol.dispose]());

const key = { task_id: "t", id: "c" };
const rowTo = (url: string, more: Partial<PushRow> = {}): PushRow => ({
  ...key,
  url,
  version: "1.0",
  secrets: null,
  state: "live",
  seq: 0,
  part: 0,
  tries: 0,
  due: 0,
  give_up: null,
  trouble: null,
  created_at: 0,
  ...more,
});
const allowing = (prefix: string, resolve: SendOptions["resolve"] = never): SendOptions => ({
  prefixes: pushPrefixes([prefix]),
  sealer: sealerOf("the daemon's token"),
  resolve,
});
const never = () => Promise.reject(new Error("nobody is asked"));
const written = { body: "{}", contentType: "application/a2a+json" };
const unending = new AbortController().signal;

describe("a name that leads elsewhere", () => {
  test("is asked for once in a delivery: what it leads to a moment later is not called", async () => {
    const { port } = new URL(receiver.url);
    const asked: string[] = [];
    // public at the first look, loopback at each later one
    const rebinding = async (name: string) => {
      asked.push(name);
      return [asked.length === 1 ? "192.88.98.1" : "127.0.0.1"];
    };
    const options = allowing(`http://hooks.test:${port}`, rebinding);
    const over = new AbortController();
    const first = send(options, rowTo(`http://hooks.test:${port}/`), written, over.signal);
    over.abort(new Error("time is over"));
    await expect(first).rejects.toThrow();
    expect(asked).toEqual(["hooks.test"]);
    const second = send(options, rowTo(`http://hooks.test:${port}/`), written, unending);
    await expect(second).rejects.toThrow("hooks.test leads to 127.0.0.1, which is not public");
    expect([asked.length, receiver.got]).toEqual([2, []]);
  });

  test("is not asked for at all where the prefix names an address, or this machine", async () => {
    const { port } = new URL(receiver.url);
    await send(allowing(receiver.url), rowTo(receiver.url), written, unending);
    await send(allowing("http://localhost:*"), rowTo(`http://localhost:${port}/`), written, unending);
    expect(receiver.got.map(({ headers }) => headers["host"])).toEqual([
      `127.0.0.1:${port}`,
      `localhost:${port}`,
    ]);
  });

  test("and never answers is given up with the delivery", async () => {
    const over = new AbortController();
    const options = allowing("http://hooks.test", () => new Promise(() => {}));
    const sent = send(options, rowTo("http://hooks.test/"), written, over.signal);
    over.abort(new Error("time is over"));
    await expect(sent).rejects.toThrow("time is over");
  });
});

test("a daemon that allows less than the one before it does not deliver what that one took", async () => {
  const sent = send(allowing("https://a.example"), rowTo(receiver.url), written, unending);
  await expect(sent).rejects.toThrow("no --push-to allows the URL any more");
  expect(receiver.got).toEqual([]);
});

test("secrets are sent as they were given; those of another token of the daemon's are missed, and nothing goes out without them", async () => {
  const secrets = { token: "t", authentication: { scheme: "Basic", credentials: "YTpi" } };
  const row = rowTo(receiver.url, { secrets: sealerOf("the daemon's token").seal(key, secrets) });
  await send(allowing(receiver.url), row, written, unending);
  expect(receiver.got[0]?.headers).toMatchObject({
    authorization: "Basic YTpi",
    "x-a2a-notification-token": "t",
  });
  const options = { ...allowing(receiver.url), sealer: sealerOf("another token") };
  await expect(send(options, row, written, unending)).rejects.toThrow("create the configuration again");
  expect(receiver.got).toHaveLength(1);
});

test("what no receiver would take is not sent", async () => {
  const body = "x".repeat(9_000_000);
  await expect(
    send(allowing(receiver.url), rowTo(receiver.url), { ...written, body }, unending),
  ).rejects.toThrow("larger than");
});
