import { afterAll, describe, expect, test } from "bun:test";
import { isJsonObject } from "../../src/core/json.ts";
import { startTabbedBoard } from "../support/tabbed-board.ts";
import { openPane } from "../support/terminal/pane.ts";

/** How a person wakes a tab, on the compiled binary. The tabs' bridges are here. */

const board = await startTabbedBoard();
afterAll(() => board[Symbol.asyncDispose]());

describe("cord poke", () => {
  test("wakes a tab, and the message is in its inbox and not in the wake", async () => {
    const tab = await board.open({ shown_name: "release", client: "claude", wake: "inbox", state: "idle" });
    const { code, out, err } = await board.cord("poke", "release", "The", "build is red");
    expect([code, err]).toEqual([0, ""]);
    expect(JSON.parse(out)).toEqual({ agent: "release", woken: "inbox" });
    const inbox = await board.client.call("messages/list", { agentId: "release" });
    expect(inbox.items).toMatchObject([{ text: "The build is red", is_new: true }]);
    const wakes = await tab.wakes(1);
    expect(JSON.stringify(wakes)).not.toContain("build is red");
  });

  test("says why a tab is not woken, with exit code 1, and leaves the message in its inbox", async () => {
    await board.client.call("agents/heartbeat", { id: "shell", name: "shell" });
    await board.open({ shown_name: "hooked", client: "gemini", wake: "none" });
    await board.open({ shown_name: "quiet", client: "claude", wake: "inbox", wakes: "off", state: "idle" });
    for (const [agent, why] of [
      ["hooked", "cannot be woken by its client"],
      ["quiet", "[tabs] wake"],
      ["shell", "has no open tab"],
    ] as const) {
      const { code, out, err } = await board.cord("poke", agent, "look");
      expect([agent, code]).toEqual([agent, 1]);
      expect(err).toStartWith(`cord poke: ${agent} `);
      expect(err).toContain(why);
      const said: unknown = JSON.parse(out);
      expect(isJsonObject(said) && said["woken"]).toBeNull();
      const { items } = await board.client.call("messages/list", { agentId: agent });
      expect(items.map(({ text }) => text)).toContain("look");
    }
  });

  test("is refused for a name that nobody has had", async () => {
    const { code, out, err } = await board.cord("poke", "nobody", "look");
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain("There is no agent nobody");
  });

  test("says it in words on a terminal", async () => {
    await board.open({ shown_name: "asker", client: "codex", wake: "queue", state: "waiting" });
    await using pane = await openPane(board.argv("poke", "asker"), board);
    expect(await pane.ended()).toMatchObject({
      code: 0,
      screen: expect.stringContaining("asker is woken by its queue."),
    });
  });
});
