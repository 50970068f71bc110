import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { pushBounds } from "../../../../src/core/limits.ts";
import { Deliveries, type Next } from "../../../../src/server/a2a/push/deliveries.ts";
import { openSqlite } from "../../../../src/store/database/sqlite.ts";
import type { Store } from "../../../../src/store/store.ts";
import {
  findPushConfig,
  forgetPush,
  putPushConfig,
  pushTrouble,
  removePushConfig,
  watchedPush,
  type PushRow,
} from "../../../../src/store/tables/push-configs.ts";
import { until } from "../../../support/until.ts";

/** The order of deliveries, their pauses and their end, over a real store. What is delivered are numbers, and who takes them is the test. */

let store: Store;
const clock = { now: 0, monotonic: 1_000_000 };
const told: string[] = [];
/** the newest number of each task; the numbers are the seqs */
const newest = new Map<string, number>();
const ended = new Set<string>();
let receive: (row: PushRow, seq: number, signal: AbortSignal) => Promise<void>;
let deliveries: Deliveries;

const next = async (row: PushRow): Promise<Next> => {
  const seq = row.seq + 1;
  if (seq > (newest.get(row.task_id) ?? 0))
    return { send: null, seen: row.seq, hasEnded: ended.has(row.task_id) };
  return { behind: { seq, part: 0 }, send: (signal) => receive(row, seq, signal) };
};

const start = (bounds: { deliveryMs?: number } = {}) =>
  new Deliveries({
    store,
    clock: () => ({ ...clock }),
    next,
    complain: (sentence) => void told.push(sentence),
    bounds: { ...pushBounds, ...bounds },
  });

const configure = async (task_id: string, id = "c", url = "https://a.example/hooks") => {
  const row = { task_id, id, url, version: "1.0" as const, secrets: null, seq: 0, created_at: 0 };
  await store.write((tx) => putPushConfig(tx, row));
  deliveries.watch({ ...row, state: "live", due: 0 });
};

const rowOf = (task_id: string, id = "c") => store.read((tx) => findPushConfig(tx, { task_id, id }));
const happen = (task: string, count: number) => {
  newest.set(task, (newest.get(task) ?? 0) + count);
  deliveries.wake(task);
};
/** Lets time pass, and the deliveries see it. */
const pass = (task: string, milliseconds: number) => {
  clock.monotonic += milliseconds;
  deliveries.wake(task);
};
const atRest = () => until("the end of all deliveries", () => !deliveries.isPending);

beforeEach(() => {
  store = openSqlite(":memory:");
  clock.monotonic = 1_000_000;
  told.length = 0;
  newest.clear();
  ended.clear();
  deliveries = start();
});
afterEach(async () => {
  deliveries.stop();
  await store.close();
});

test("what happens is delivered in its order, one after the other, to each that asked for it", async () => {
  const got = new Map<string, number[]>();
  receive = async ({ id }, seq) => {
    await new Promise(setImmediate); // others have their turn meanwhile
    got.set(id, [...(got.get(id) ?? []), seq]);
  };
  await configure("t", "one");
  await configure("t", "two");
  for (let at = 0; at < 20; at += 1) happen("t", 1);
  await atRest();
  const all = Array.from({ length: 20 }, (_, at) => at + 1);
  expect([...got.values()]).toEqual([all, all]);
  expect(await rowOf("t", "one")).toMatchObject({ seq: 20, part: 0, state: "live", tries: 0, trouble: null });
});

test("what fails is tried again after pauses that grow, and keeps what comes behind it waiting", async () => {
  const tried: [seq: number, at: number][] = [];
  receive = async (_, seq) => {
    tried.push([seq, clock.monotonic - 1_000_000]);
    if (tried.length <= 3) throw new Error("HTTP 500");
  };
  newest.set("t", 2);
  await configure("t");
  const failed = (tries: number) =>
    until(`failure ${tries}`, async () => (await rowOf("t"))?.tries === tries);
  await failed(1);
  expect(deliveries.isPending).toBe(true);
  expect(await rowOf("t")).toMatchObject({ seq: 0, due: 1_001_000, trouble: "HTTP 500" });
  // what happens meanwhile does not shorten the pause
  pass("t", 999);
  happen("t", 1);
  pass("t", 1);
  await failed(2);
  pass("t", 2000);
  await failed(3);
  pass("t", 4000);
  await atRest();
  expect(tried).toEqual([
    [1, 0],
    [1, 1000],
    [1, 3000],
    [1, 7000],
    [2, 7000],
    [3, 7000],
  ]);
  expect(await rowOf("t")).toMatchObject({ seq: 3, tries: 0, give_up: null, trouble: null });
});

test("another daemon goes on with it: with the same one, after the same pause", async () => {
  receive = () => Promise.reject(new Error("HTTP 503"));
  newest.set("t", 2);
  await configure("t");
  await until("a failure", async () => (await rowOf("t"))?.tries === 1);
  deliveries.stop();
  const got: number[] = [];
  receive = async (_, seq) => void got.push(seq);
  deliveries = start();
  for (const row of await store.read(watchedPush)) deliveries.watch(row);
  expect([got, deliveries.isPending]).toEqual([[], true]);
  pass("t", 1000);
  await atRest();
  expect(got).toEqual([1, 2]);
});

test("what fails for a day is given up, which a person is told, and the rest is not tried", async () => {
  let tries = 0;
  receive = async () => {
    tries += 1;
    throw new Error("HTTP 500");
  };
  newest.set("t", 2);
  await configure("t", "c", "https://a.example/S3CRET?S3CRET");
  for (;;) {
    const expected = tries === 0 ? 1 : tries;
    await until(`try ${expected}`, async () => (await rowOf("t"))?.tries === expected);
    const row = await rowOf("t");
    if (row?.state !== "live") break;
    clock.monotonic = row.due;
    deliveries.wake("t");
    await until("the next try", () => tries > expected);
  }
  expect(clock.monotonic - 1_000_000).toBeGreaterThanOrEqual(86_400_000);
  // 1, 2, 4… s up to a quarter of an hour
  expect(tries).toBeGreaterThan(90);
  expect(tries).toBeLessThan(120);
  expect(await rowOf("t")).toMatchObject({ state: "given_up", seq: 0, tries });
  expect(told).toHaveLength(2);
  expect(told[1]).toContain(
    `cannot be delivered to https://a.example: HTTP 500. It was tried ${tries} times`,
  );
  expect(told.join()).not.toContain("S3CRET");
  const { configurations, troubled } = await store.read(pushTrouble);
  expect([configurations, troubled.map(({ state }) => state)]).toEqual([0, ["given_up"]]);
  // it is told of for a week, and then forgotten
  const week = clock.monotonic + 7 * 86_400_000;
  await store.write((tx) => forgetPush(tx, week - 1));
  expect(await rowOf("t")).not.toBeNull();
  await store.write((tx) => forgetPush(tx, week));
  expect(await rowOf("t")).toBeNull();
});

test("a configuration whose task has ended rests once all is delivered, and goes on if the task does", async () => {
  const got: number[] = [];
  receive = async (_, seq) => void got.push(seq);
  ended.add("t");
  newest.set("t", 1);
  await configure("t");
  await until("its rest", async () => (await rowOf("t"))?.state === "done");
  ended.delete("t");
  happen("t", 1);
  await until("the second", async () => (await rowOf("t"))?.state === "live");
  expect(got).toEqual([1, 2]);
  await store.write((tx) => forgetPush(tx, clock.monotonic + 700_000_000));
  expect(await rowOf("t")).not.toBeNull();
});

describe("a configuration that is deleted while a delivery is under way", () => {
  test("ends it, and nothing more is sent", async () => {
    const [begun, gone] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let tries = 0;
    receive = (_, __, signal) => {
      tries += 1;
      begun.resolve();
      signal.addEventListener("abort", () => gone.resolve());
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    };
    newest.set("t", 5);
    await configure("t");
    await begun.promise;
    await store.write((tx) => removePushConfig(tx, { task_id: "t", id: "c" }));
    deliveries.drop({ task_id: "t", id: "c" });
    await gone.promise;
    await atRest();
    happen("t", 1);
    await atRest();
    expect([tries, told, deliveries.size]).toEqual([1, [], 0]);
  });

  test("and made again, has its own deliveries, from its own beginning", async () => {
    const begun = Promise.withResolvers<void>();
    const urls: string[] = [];
    receive = ({ url }, _, signal) => {
      urls.push(url);
      begun.resolve();
      if (url.endsWith("/new")) return Promise.resolve();
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    };
    newest.set("t", 2);
    await configure("t", "c", "https://a.example/old");
    await begun.promise;
    await configure("t", "c", "https://a.example/new");
    await atRest();
    expect(urls).toEqual(["https://a.example/old", "https://a.example/new", "https://a.example/new"]);
  });
});

test("a configuration that is replaced as a delivery of it fails does not pay for that failure", async () => {
  const task_id = "t";
  const got: string[] = [];
  const replaced = Promise.withResolvers<void>();
  const fresh = {
    task_id,
    id: "c",
    url: "https://b.example/",
    version: "1.0" as const,
    secrets: null,
    seq: 0,
    created_at: 0,
  };
  receive = ({ url, tries }) => {
    got.push(`${new URL(url).host} ${tries}`);
    if (url === fresh.url) return Promise.resolve();
    // it is committed before what comes of the failure is written
    if (tries === 2) void store.write((tx) => putPushConfig(tx, fresh)).then(() => replaced.resolve());
    return Promise.reject(new Error("HTTP 500"));
  };
  newest.set(task_id, 1);
  await configure(task_id);
  await until("the first failure", async () => (await rowOf(task_id))?.tries === 1);
  pass(task_id, 1000);
  await until("the second failure", async () => (await rowOf(task_id))?.tries === 2);
  pass(task_id, 86_400_000);
  await replaced.promise;
  await atRest();
  expect(await rowOf(task_id)).toMatchObject({ url: fresh.url, state: "live", tries: 0, trouble: null });
  deliveries.watch({ ...fresh, state: "live", due: 0 });
  await until("the delivery", () => got.length === 4);
  expect(got).toEqual(["a.example 0", "a.example 1", "a.example 2", "b.example 0"]);
  expect(told).toEqual([]);
});

test("a receiver that hangs takes a few places only, is given up after its time, and keeps nobody else waiting", async () => {
  deliveries = start({ deliveryMs: 50 });
  const hanging = new Set<number>();
  let most = 0;
  receive = ({ url }, seq, signal) => {
    if (!url.includes("hangs")) return Promise.resolve();
    hanging.add(seq);
    most = Math.max(most, hanging.size);
    return new Promise((_resolve, reject) =>
      signal.addEventListener("abort", () => {
        hanging.delete(seq);
        reject(signal.reason);
      }),
    );
  };
  const tasks = Array.from({ length: 40 }, (_, at) => `t${at}`);
  for (const [at, task] of tasks.entries()) {
    newest.set(task, at + 1);
    const row = { task_id: task, id: "c", url: "https://hangs.example/", version: "1.0" as const };
    await store.write((tx) => putPushConfig(tx, { ...row, secrets: null, seq: at, created_at: 0 }));
    deliveries.watch({ ...row, state: "live", due: 0 });
  }
  newest.set("fine", 3);
  await configure("fine", "c", "https://fine.example/");
  await until("what is fine", async () => (await rowOf("fine"))?.seq === 3);
  await until("all tries", async () => (await store.read(pushTrouble)).troubled.length === 20);
  expect(most).toBe(pushBounds.inFlightPerOrigin);
  expect((await rowOf("t0"))?.trouble).toBe("there was no answer within 0.05 s");
});

test("what is delivered and cannot be written down is written later, and not delivered twice", async () => {
  const got: number[] = [];
  receive = async (_, seq) => {
    got.push(seq);
    if (seq === 1) broken = true;
  };
  let broken = false;
  const { write } = store;
  const real = write.bind(store);
  store.write = (job) => {
    if (!broken) return real(job);
    broken = false;
    return Promise.reject(new Error("no space left"));
  };
  newest.set("t", 2);
  await configure("t");
  await until("the first", () => got.length === 1 && !broken);
  pass("t", 1000);
  await until("the second", async () => (await rowOf("t"))?.seq === 2);
  expect(got).toEqual([1, 2]);
});
