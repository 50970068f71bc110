import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { existsSync, writeFileSync } from "node:fs";
import { call, gate, say } from "../support/claude/model.ts";
import { startTabBoard, type TabBoard } from "../support/claude/tab-board.ts";
import type { ClaudeTab } from "../support/claude/tab.ts";
import { calledIn, inboxIn, reader, textSince, wakesIn, wakesOf } from "../support/claude/tab-script.ts";
import { until } from "../support/until.ts";

/** The real, interactive Claude Code, woken by its bridge when something concerns it. */

let board: TabBoard;
beforeEach(async () => {
  board = await startTabBoard();
});
afterEach(() => board[Symbol.asyncDispose]());

describe("an idle tab", () => {
  test("is woken by a task sent to it, reads, claims and completes it", async () => {
    const tab = await board.open({
      script: reader(
        ({ notices: [notice] }) => call("tasks_claim", { id: notice?.task_id }),
        (turn) => {
          if (!calledIn(turn).includes("tasks_claim")) return say("All done.");
          return call("tasks_complete", { id: taskId, result: "The key had expired." });
        },
      ),
    });
    const handle = await board.handle(tab);
    const sent = await board.cord("send", "Login fails <b>", "--to", handle, "--json");
    const { id: taskId, number } = JSON.parse(sent.out);
    await tab.pane.shows("All done.");
    await tab.is("idle");
    expect(await board.client.call("tasks/get", { id: taskId })).toMatchObject({
      state: "completed",
      claimed_by: handle,
    });
    expect(tab.model.requests.map(calledIn)).toEqual([
      [],
      ["messages_list"],
      ["tasks_claim"],
      ["tasks_complete"],
    ]);
    // nothing beside the wake tells of it
    expect(tab.model.requests.filter((turn) => textSince(turn).includes("New for"))).toEqual([]);
    const [woken = ""] = wakesIn(tab.model);
    expect(wakesIn(tab.model)).toHaveLength(1);
    expect(woken).toContain(`task ${number} "Login fails b"`);
    expect(woken).toContain("messages_list");
    expect(woken).not.toMatch(/[<>\n]/);
    expect(Buffer.byteLength(woken)).toBeLessThanOrEqual(500);
  });

  test("is woken by another's message, and wakes it by its reply", async () => {
    const asked = await board.open({
      script: reader(({ items: [item] }) =>
        call("messages_send", { to: item?.from, text: "It is on 8080.", reply_to: item?.id }),
      ),
    });
    const to = await board.handle(asked);
    const asking = await board.open({
      script: reader(
        ({ items: [item] }) => say(`They say: ${item?.text}`),
        ({ step }) => (step === 0 ? call("messages_send", { to, text: "Which port?" }) : say("Asked.")),
      ),
    });
    await asking.prompt("Ask the other tab for its port.");
    await asking.pane.shows("They say: It is on 8080.");
    await asked.is("idle");
    expect([wakesIn(asking.model), wakesIn(asked.model)]).toMatchObject([{ length: 1 }, { length: 1 }]);
    expect(wakesIn(asked.model)[0]).not.toContain("port");
    // of each message one wake, one reading, and what it did then
    expect(asked.model.requests).toHaveLength(3);
    expect(asking.model.requests).toHaveLength(4);
  });

  test("asks about its task, ends its turn, and is woken by the answer", async () => {
    const sent = await board.cord("send", "Paint it", "--json");
    const { id } = JSON.parse(sent.out);
    const tab = await board.open({
      script: reader(
        ({ notices: [notice] }) => {
          expect(notice).toMatchObject({ reason: "answer", task_id: id });
          return call("tasks_get", { id });
        },
        (turn) => {
          const [last] = calledIn(turn);
          if (last === undefined) return call("tasks_claim", { id });
          if (last === "tasks_claim") return call("tasks_ask", { id, question: "Which colour?" });
          if (last === "tasks_ask") return say("I go on when I know the colour.");
          if (last !== "tasks_get") return say("It is painted.");
          expect(turn.lastResults[0]?.text).toContain("blue");
          return call("tasks_complete", { id, result: "painted blue" });
        },
      ),
    });
    await tab.prompt("Do what there is to do.");
    await tab.pane.shows("I go on when I know the colour.");
    await tab.is("idle");
    const before = tab.model.requests.length;
    expect((await board.cord("answer", id, "blue")).code).toBe(0);
    await tab.pane.shows("It is painted.");
    // its turn and the next: nothing in between
    expect([before, tab.model.requests.length]).toEqual([3, 7]);
    expect(await board.client.call("tasks/get", { id })).toMatchObject({
      state: "completed",
      result: "painted blue",
    });
  });

  test("is woken once by ten messages, and has them all", async () => {
    const sent = gate();
    const read: string[][] = [];
    const tab = await board.open({
      script: async (turn) => {
        await sent.opened;
        const inbox = inboxIn(turn);
        if (inbox !== null) read.push(inbox.items.map(({ text }) => text));
        return wakesOf(turn).length > 0 ? call("messages_list") : say("Read.");
      },
    });
    const to = await board.handle(tab);
    const texts = Array.from({ length: 10 }, (_, index) => `message ${index}`);
    await Promise.all(texts.map((text) => board.message(to, text)));
    sent.open();
    await until("the first reading", () => read.length === 1);
    expect(read[0]?.toSorted()).toEqual(texts);
    // another wake than the first would have come before this one
    await board.message(to, "one more");
    await until("the second reading", () => read.length === 2);
    expect(read[1]).toEqual(["one more"]);
    expect(wakesIn(tab.model)).toHaveLength(2);
  });

  test("hears at its person's prompt of what came just after a wake, or is woken for it, and not both", async () => {
    const tab = await board.open({
      script: reader(
        ({ items }) => say(`I have read ${items.map(({ text }) => text).join()}.`),
        (turn) => (textSince(turn).includes("New for") ? call("messages_list") : say("Nothing new.")),
      ),
    });
    const to = await board.handle(tab);
    await board.message(to, "one");
    await tab.pane.shows("I have read one.");
    await tab.is("idle");
    await board.message(to, "two");
    await tab.prompt("Is there more?");
    await tab.pane.shows("I have read two.");
    await tab.is("idle");
    const hooked = tab.model.requests.filter((turn) => textSince(turn).includes("New for"));
    expect(wakesIn(tab.model).length + hooked.length).toBe(2);
  });

  test("keeps what its person has typed when it is woken", async () => {
    const tab = await board.open({ script: reader(() => say("I have read it.")) });
    const to = await board.handle(tab);
    await tab.pane.press("half a li");
    await tab.pane.shows("half a li");
    await board.message(to, "hello");
    await tab.pane.shows("I have read it.");
    await tab.is("idle");
    expect(await tab.pane.shows("half a li")).toMatch(/❯\s+half a li/);
    expect(JSON.stringify(tab.model.requests.at(-1)?.messages)).not.toContain("half a li");
  });

  test("is woken where its person lets it do all without asking", async () => {
    const tab = await board.open({
      args: ["--permission-mode", "bypassPermissions"],
      script: reader(() => say("I have read it.")),
    });
    await board.message(await board.handle(tab), "hello");
    const screen = await tab.pane.shows("I have read it.");
    expect(screen).not.toMatch(/held|Deny/i);
  });

  test.each(["default", "acceptEdits"])(
    "reads why it was woken while nobody is there, in mode %s",
    async (mode) => {
      const tab = await board.open({
        args: ["--permission-mode", mode],
        allowed: [],
        script: reader(() => say("I have read it.")),
      });
      await board.message(await board.handle(tab), "hello");
      await tab.pane.shows("I have read it.");
    },
  );

  test("is woken after /clear, under the handle that it had", async () => {
    const tab = await board.open({ script: reader(() => say("I have read it.")) });
    const to = await board.handle(tab);
    const { sessionId } = tab.session();
    await tab.prompt("/clear");
    await until("another session", () => tab.session().sessionId !== sessionId);
    await tab.is("idle");
    await board.message(to, "hello");
    await tab.pane.shows("I have read it.");
    expect(await board.handle(tab)).toBe(to);
  });
});

describe("a tab whose person wants no messages of other sessions", () => {
  test.each(["hold", "refuse"])(
    "to %s them: it is told at its next prompt, and who pokes it why",
    async (how) => {
      const settings = join(board.home, "inbound.json");
      writeFileSync(settings, JSON.stringify({ crossSessionInbound: how }));
      const tab = await board.open({
        args: ["--settings", settings],
        script: (turn) => {
          if (textSince(turn).includes("New for")) return call("messages_list");
          const [item] = inboxIn(turn)?.items ?? [];
          return say(`I have read ${item?.text}.`);
        },
      });
      const poked = await board.cord("poke", await board.handle(tab), "hello");
      expect([poked.code, poked.err]).toMatchObject([1, expect.stringContaining('"crossSessionInbound"')]);
      expect(tab.model.requests).toEqual([]);
      await tab.prompt("Go on.");
      await tab.pane.shows("I have read hello.");
    },
  );
});

describe("a busy tab", () => {
  test("hears of an urgent message between two tool calls", async () => {
    const { tab, to, written } = await betweenTwoCalls();
    await board.message(to, "stop", "--priority", "urgent");
    await tab.pane.shows("Message from @cord");
    written.open();
    await tab.pane.shows("I have read it.");
    // with the result of the second call, in the turn that it does
    const told = tab.model.requests[2];
    expect(told && textSince(told)).toContain("two");
    expect(told && wakesOf(told)).toHaveLength(1);
    expect(tab.model.requests).toHaveLength(4);
  });

  test("is not kept from its turn by one that is not", async () => {
    const { tab, to, written } = await betweenTwoCalls();
    await board.message(to, "when you have time");
    await tab.pane.shows("Message from @cord");
    written.open();
    await tab.pane.shows("I have read it.");
    const [, , second, woken] = tab.model.requests;
    expect(second && wakesOf(second)).toEqual([]);
    expect(woken && wakesOf(woken)).toHaveLength(1);
    expect(JSON.stringify(woken?.messages)).toContain("Two is done.");
  });
});

describe("a dialog", () => {
  const question = {
    question: "Which colour?",
    header: "Colour",
    multiSelect: false,
    options: [
      { label: "Red", description: "as it was" },
      { label: "Blue", description: "as it might be" },
    ],
  };
  test.each([
    ["for a permission", "Write", /Do you want to create/],
    ["with a question", "AskUserQuestion", /Enter to select/],
    ["of settings", null, /Search settings/],
  ] as const)(
    "%s is left as it is, and what came meanwhile is told when it closes",
    async (_, tool, shown) => {
      const file = join(board.cwd, "new.txt");
      const tab = await board.open({
        args: ["--permission-mode", "default"],
        script: reader(
          () => say("I have read it."),
          ({ step }) => {
            if (step > 0 || tool === null) return say("Thanks.");
            return call(
              tool,
              tool === "Write" ? { file_path: file, content: "new" } : { questions: [question] },
            );
          },
        ),
      });
      const to = await board.handle(tab);
      await tab.prompt(tool === null ? "/config" : "Go on.");
      await tab.pane.until((screen) => shown.test(screen));
      await tab.is("waiting");
      await board.message(to, "hello");
      const screen = await tab.pane.shows("Message from @cord");
      expect(screen).toMatch(shown);
      expect(tab.session().status).toBe("waiting");
      expect(existsSync(file)).toBe(false);
      expect(wakesIn(tab.model)).toEqual([]);
      await (tool === null ? closeSettings(tab) : tab.dismiss("Enter", shown));
      await tab.pane.shows("I have read it.");
      expect(wakesIn(tab.model)).toHaveLength(1);
      expect(existsSync(file)).toBe(tool === "Write");
    },
  );
});

/** By one Escape, once they take keys: a second would break off the turn that a wake begins then. */
async function closeSettings({ pane }: ClaudeTab): Promise<void> {
  const moves = async () => {
    await pane.press("Down");
    return /❯ +(?!Auto-compact)[A-Z]/.test(await pane.until(() => true));
  };
  await until("a move in the settings", moves, { everyMs: 500 });
  await pane.press("Escape");
}

/** A tab whose model has the result of its first call, and makes the second once the gate is open. */
async function betweenTwoCalls() {
  const written = gate();
  const tab = await board.open({
    args: ["--permission-mode", "bypassPermissions"],
    script: async (turn) => {
      if (turn.step === 0) return call("Bash", { command: "echo one" });
      if (turn.step === 1) {
        await written.opened;
        return call("Bash", { command: "echo two" });
      }
      if (wakesOf(turn).length > 0) return call("messages_list");
      return say(inboxIn(turn) === null ? "Two is done." : "I have read it.");
    },
  });
  const to = await board.handle(tab);
  await tab.prompt("Do one and two.");
  await tab.model.waitFor(({ step }) => step === 1);
  return { tab, to, written };
}
