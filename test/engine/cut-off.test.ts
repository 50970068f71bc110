import { afterEach, describe, expect, test } from "bun:test";
import { Connection } from "../../src/client/connection/connection.ts";
import type { Reply as Answer } from "../../src/client/connection/http-connection.ts";
import type { Call } from "../../src/client/connection/transport.ts";
import { afterCutOff } from "../../src/engine/cut-off.ts";
import { claimNodes } from "../../src/engine/run-context.ts";
import type { Verdict } from "../../src/engine/verdict.ts";
import { call, gate, say, type Script, type Turn } from "../support/claude/model.ts";
import { endStarted, world, type World } from "../support/engine/engine-world.ts";
import { signal } from "../support/machine/processes.ts";
import { until } from "../support/until.ts";

/** What is killed of cord's own costs no result, no refusal and no try. */

afterEach(endStarted);

/** Events come when the test lets them. */
class LateEvents extends Connection {
  readonly #may: Promise<void>;

  constructor(options: ConstructorParameters<typeof Connection>[0], may: Promise<void>) {
    super(options);
    this.#may = may;
  }

  override async send(asked: Call, signal: AbortSignal): Promise<Answer> {
    const answer = await super.send(asked, signal);
    if (!asked.path.startsWith("events?")) return answer;
    const may = this.#may;
    return {
      ...answer,
      async *chunks() {
        await may;
        yield* answer.chunks();
      },
    };
  }
}

const rootOf = ({ client, runId }: World) => client.call("nodes/read", { run_id: runId, node_id: "#1" });

async function worldWith(script: Script, some: object = {}): Promise<World> {
  const here = await world(script);
  Object.assign(here.options, some);
  await here.client.call("runs/modify", { run_id: here.runId, options: here.options });
  return here;
}

/** The shim over the agents. */
function killShim({ processes }: World): void {
  for (const { pid, argv } of processes()) if (argv.includes("shim")) signal(pid, "SIGKILL");
}

/** Hands in, and says that it has, as often as it is asked. */
const handsInOnce = ({ step }: Turn) =>
  step === 0 ? call("complete", { result: "the result" }) : say("I have handed in already.");

describe("a result that the daemon has taken", () => {
  test.each<[string, object, ("passed" | "failed" | "not run")[]]>([
    ["counts", {}, []],
    ["is what its check is run for", { check: "true" }, ["passed"]],
  ])(
    "%s, and not the last words of its agent, though the engine hears of it late, as after a crash of the daemon",
    async (_, some, verdicts) => {
      const here = await worldWith(handsInOnce, some);
      const { open, opened } = gate();
      const at = { url: here.daemon.url, token: "t".repeat(64) };
      const engine = await here.engine({
        client: { ...here.client, connection: new LateEvents(at, opened) },
        renewEveryMs: 3_600_000,
      });
      const running = engine.run();
      // it has said it twice: it was told that it had not handed in
      await here.model.waitFor(({ step }) => step === 2);
      await until("the result", async () => (await rootOf(here)).status === "complete");
      open();
      expect(await running).toEqual({ how: "ended" });
      const root = await rootOf(here);
      expect(root).toMatchObject({ status: "complete", result: "the result" });
      expect(root.attempts.map(({ checks }) => checks.map(({ verdict }) => verdict))).toEqual([verdicts]);
    },
  );
});

describe("an agent that could not hand in", () => {
  test("is started again in its session, and its last words are not its result", async () => {
    const tooLong = "x".repeat(2_000_000);
    const here = await world(({ said, lastResults }) => {
      if (said.some((text) => text.includes("did not go through")))
        return lastResults.length > 0 ? say("Done.") : call("complete", { result: "the result" });
      if (said.length > 0 || lastResults.length > 0) return say("I could not hand in.");
      return call("complete", { result: tooLong });
    });
    expect(await (await here.engine()).run()).toEqual({ how: "ended" });
    const root = await rootOf(here);
    expect(root).toMatchObject({ status: "complete", result: "the result" });
    expect(root.attempts).toHaveLength(1);
    expect(new Set(here.model.requests.map(({ session }) => session)).size).toBe(1);
  });

  const text: Verdict = { kind: "handIn", text: "Sorry, it did not work." };
  const failed: Verdict = { kind: "failed", reason: "it failed", final: false };
  const usual = { wasAway: false, hasHandedIn: false, hasTried: true, isMoved: false };
  test.each<[string, Verdict, Verdict, object]>([
    ["its text, where the daemon was away", { kind: "cutOff", by: "away" }, text, { wasAway: true }],
    ["its failure, where the daemon was away", { kind: "cutOff", by: "away" }, failed, { wasAway: true }],
    [
      "its text, while it is ended for a daemon that has moved",
      { kind: "cutOff", by: "moved" },
      text,
      { isMoved: true },
    ],
    ["its failure, where it has handed in", { kind: "done" }, failed, { hasHandedIn: true }],
    ["its text, where it has not tried", text, text, { hasTried: false, wasAway: true }],
    ["its text, where it was asked once more before", text, text, { before: new Set(["notTaken"]) }],
    ["its failure, where the daemon was there", failed, failed, {}],
  ])("is judged by %s: %o", async (_, judged, heard, some) => {
    const here = await world();
    const [node] = await claimNodes(here.client, here.runId, "engine-of-the-test", 1).then(
      ({ nodes }) => nodes,
    );
    if (node === undefined) throw new Error("no node");
    const { wasAway, hasHandedIn, ...more } = { ...usual, ...some };
    const known = { node, mark: 0, before: new Set<never>(), stopped: new Promise<void>(() => {}), ...more };
    const context = {
      daemon: { mark: () => 0, wasAwaySince: async () => wasAway },
      settleHandedIn: async () => hasHandedIn,
    };
    expect(await afterCutOff(heard, known, context)).toEqual(judged);
  });
});

describe("a shim that is killed", () => {
  test("takes its agent with it, which goes on in its session: that is no try, and what it said before is no result", async () => {
    let here: World | null = null;
    let kills = 0;
    here = await world(({ lastResults, said }) => {
      if (lastResults.length > 0) return say("Done.");
      if (said.some((text) => text.includes("was killed"))) return call("complete", { result: "the result" });
      if (said.length === 0) return say("I am half way.");
      if (here !== null) killShim(here);
      kills += 1;
      return { hang: true };
    });
    expect(await (await here.engine()).run()).toEqual({ how: "ended" });
    const root = await rootOf(here);
    expect(root).toMatchObject({ status: "complete", result: "the result" });
    expect(root.attempts).toHaveLength(1);
    expect(kills).toBe(1);
    expect(new Set(here.model.requests.map(({ session }) => session)).size).toBe(1);
  });

  test("each time fails the attempt in the end", async () => {
    const here = await world();
    here.program("claude", "kill -9 $PPID; exec sleep 1012");
    expect(await (await here.engine()).run()).toEqual({ how: "ended" });
    const root = await rootOf(here);
    expect(root).toMatchObject({ status: "failed", reason: "its shim was killed, 5 times" });
    expect(root.attempts).toHaveLength(2);
  });

  test.each([
    ["its shim", "kill -9 $PPID; sleep 1011"],
    ["its shell", "kill -9 $$"],
    ["its shell, as at the machine's end,", "kill -TERM $$; sleep 1011"],
  ])("or whatever else a check runs under: with %s it is run again", async (_, kill) => {
    const check = `[ -e again ] && exit 0; touch again; ${kill}`;
    const here = await worldWith(
      ({ lastResults }) => (lastResults.length > 0 ? say("Done.") : call("complete", { result: "whole" })),
      { check },
    );
    expect(await (await here.engine()).run()).toEqual({ how: "ended" });
    const root = await rootOf(here);
    expect(root).toMatchObject({ status: "complete", result: "whole" });
    expect(root.attempts.map(({ checks }) => checks.map(({ verdict }) => verdict))).toEqual([["passed"]]);
    expect(here.model.requests.filter(({ lastResults }) => lastResults.length === 0)).toHaveLength(1);
  });
});
