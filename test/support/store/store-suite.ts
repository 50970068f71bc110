import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Event } from "../../../src/core/event.ts";
import { appendAgentEvent } from "../../../src/store/tables/events.ts";
import { storeOver } from "../../../src/store/database/queue.ts";
import type { Driver, Store, Tx } from "../../../src/store/store.ts";
import { randomly } from "../random.ts";

/** What any driver's store must do. The driver comes with the present schema and no data. */
export function storeSuite(name: string, openDriver: () => Driver): void {
  describe(`the store over ${name}`, () => {
    let driver: Driver;
    let store: Store;
    /** what the driver was told to do, in order */
    let told: string[];
    /** the next commit fails */
    let broken: boolean;
    /** how long each look at the clock shows to have passed */
    let passesMs: number;

    beforeEach(() => {
      told = [];
      broken = false;
      passesMs = 0;
      let now = 0;
      driver = openDriver();
      const commit = () => {
        told.push("commit");
        if (broken) throw new Error("the disk is full");
        driver.commit();
      };
      store = storeOver({ ...driver, commit }, () => (now += passesMs));
    });
    afterEach(() => store.close());

    const put = (key: string, seq = 1) =>
      store.write(async (tx) => {
        await tx.run("INSERT INTO requests (id, answer, at) VALUES (?, 'null', ?)", key, seq);
        return key;
      });
    const putAndFail = (key: string) =>
      store.write(async (tx) => {
        await tx.run("INSERT INTO requests (id, answer, at) VALUES (?, 'null', 1)", key);
        await sawAgent(tx, key);
        throw new Error(`no ${key}`);
      });
    const keys = () =>
      store.read(async (tx) => {
        const rows = await tx.all<{ id: string }>("SELECT id FROM requests ORDER BY id");
        return rows.map((row) => row.id);
      });

    test("runs all writes of one turn in one commit", async () => {
      await Promise.all([put("a"), put("b"), put("c")]);
      expect(told).toEqual(["commit"]);
      expect(await keys()).toEqual(["a", "b", "c"]);
    });

    test("undoes a write that fails among others, and only it", async () => {
      const outcomes = await Promise.allSettled([put("a"), putAndFail("b"), put("c"), put("a"), put("d")]);
      expect(outcomes.map(({ status }) => status)).toEqual([
        "fulfilled",
        "rejected",
        "fulfilled",
        "rejected",
        "fulfilled",
      ]);
      expect(told).toEqual(["commit"]);
      expect(await keys()).toEqual(["a", "c", "d"]);
    });

    test("undoes a write that fails alone", async () => {
      await expect(putAndFail("a")).rejects.toThrow("no a");
      expect(await keys()).toEqual([]);
      await put("a");
      expect(await keys()).toEqual(["a"]);
    });

    test("answers nobody before the commit, neither writers nor those who read what was written", async () => {
      const answered = (label: string) => () => void told.push(label);
      await Promise.all([
        put("a").then(answered("write")),
        keys().then(answered("read")),
        put("b").then(answered("write")),
      ]);
      expect(told).toEqual(["commit", "write", "read", "write"]);
    });

    test("fails the writes of a batch whose commit fails, with nothing kept and nothing told; reads are served", async () => {
      const events: Event[] = [];
      store.onCommit((committed) => void events.push(...committed));
      broken = true;
      const said = store.write((tx) => sawAgent(tx, "x"));
      const outcomes = await Promise.allSettled([put("a"), keys(), said]);
      expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "rejected"]);
      broken = false;
      expect(await keys()).toEqual([]);
      expect(events).toEqual([]);
      expect(await put("b")).toBe("b");
    });

    test("tells of events after their commit and before the answer, in order, and never of what was undone", async () => {
      const say = (label: string) => store.write((tx) => sawAgent(tx, label));
      store.onCommit((events) => void told.push(...events.map((event) => `event ${event.name}`)));
      await Promise.allSettled([say("a").then(() => told.push("answer a")), putAndFail("b"), say("c")]);
      expect(told).toEqual(["commit", "event a", "event c", "answer a"]);
    });

    test("lets the rest of the program move between jobs that take long, and keeps their order", async () => {
      passesMs = 50;
      store.onCommit((events) => events.forEach(({ name }) => told.push(`event ${name}`)));
      const jobs = ["a", "b", "c"].map((key) => put(key).then(() => told.push(`answer ${key}`)));
      jobs.push(putAndFail("d").catch(() => told.push("refusal d")));
      setImmediate(() => told.push("another turn"));
      await Promise.all(jobs);
      expect(told.filter((said) => said.startsWith("commit"))).toHaveLength(3);
      expect(told.indexOf("another turn")).toBeLessThan(told.indexOf("answer b"));
      expect(told.filter((said) => /^(?:answer|refusal)/.test(said))).toEqual([
        "answer a",
        "answer b",
        "answer c",
        "refusal d",
      ]);
      expect(await keys()).toEqual(["a", "b", "c"]);
    });

    test("is not stopped by a listener that throws", async () => {
      store.onCommit(() => {
        throw new Error("a broken watcher");
      });
      const say = () => store.write((tx) => sawAgent(tx, "a"));
      expect(await say()).toBe(1);
      expect(await say()).toBe(2);
    });

    test("what a job counts is seen by the jobs behind it, and is none if it fails half way", async () => {
      const count = (word: string, fails = false) =>
        store.write(async (tx) => {
          await tx.run("INSERT INTO requests (id, answer, at) VALUES (?, 'null', 1)", word);
          tx.count("board", "p", "pending", 1);
          if (fails) throw new Error("half way");
          return tx.counts("board", ["p"]);
        });
      const counts = (scopes: string[] | null) => store.read((tx) => tx.counts("board", scopes));
      const [first, second, third, seen] = await Promise.allSettled([
        count("a"),
        count("b", true),
        count("c"),
        counts(["p", ""]),
      ]);
      expect([first, second, third, seen]).toMatchObject([
        { value: new Map([["pending", 1]]) },
        { status: "rejected" },
        { value: new Map([["pending", 2]]) },
        { value: new Map([["pending", 2]]) },
      ]);
      expect(told).toEqual(["commit"]);
      expect([await counts(null), await counts(["q"])]).toEqual([new Map([["pending", 2]]), new Map()]);
      await store.write(async (tx) => tx.count("board", "p", "pending", -2));
      expect(await counts(null)).toEqual(new Map());
    });

    test("does what was asked before it was closed, and nothing after", async () => {
      const last = put("a");
      const closed = store.close();
      await expect(put("b")).rejects.toThrow("closed");
      expect(await last).toBe("a");
      await closed;
      driver = openDriver();
      store = storeOver(driver);
    });

    test(
      "gives the same as one write after the other, however writes, failures and reads are mixed",
      randomly(async (random) => {
        const expected: string[] = [];
        const jobs: Promise<unknown>[] = [];
        for (let index = 0; index < 2000; index += 1) {
          const key = String(index).padStart(5, "0");
          if (random.chance(0.3)) jobs.push(putAndFail(key).catch(() => null));
          else if (random.chance(0.2)) {
            const then = [...expected];
            jobs.push(keys().then((found) => expect(found).toEqual(then)));
          } else {
            expected.push(key);
            jobs.push(put(key));
          }
          if (random.chance(0.05)) await Promise.all(jobs.splice(0));
        }
        await Promise.all(jobs);
        expect(await keys()).toEqual(expected);
      }),
    );
  });
}

function sawAgent(tx: Tx, name: string): Promise<number> {
  return appendAgentEvent(tx, { id: "a", name, project: null }, 1);
}
