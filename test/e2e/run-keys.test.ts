import { expect, test } from "bun:test";
import { call } from "../support/claude/model.ts";
import { roles, runWorld } from "../support/machine/run-world.ts";
import { openPane } from "../support/terminal/pane.ts";

/** A person who steps into a run by keys, in a real terminal. */

const size = { width: 80, height: 24 };

test("arrows select a node, and s stops it and what is below it once that is agreed to", async () => {
  await using world = await runWorld(
    roles({
      "#1": [
        call("create", { goal: "Endless" }),
        call("create", { goal: "Quick" }),
        call("complete", { result: "Planned." }),
      ],
      "#2": () => ({ hang: true }),
      "#3": [call("complete", { result: "quick" })],
      "#1 synthesis": [call("complete", { result: "Without it." })],
    }),
  );
  await using pane = await openPane([world.binary, "run", "Stop one"], {
    cwd: world.cwd,
    env: world.env,
    ...size,
  });
  await pane.shows("✓ #3 [complete]");
  await world.model.waitFor(({ node }) => node === "#2");
  await pane.press("Down");
  expect(await pane.shows("▶   ● #2 [active]")).toContain("s stop");
  await pane.press("Up");
  await pane.shows("▶▾● #1 [waiting]");
  await pane.press("Down", "s");
  await pane.shows("Stop #2? y/n");
  await pane.press("n");
  await pane.shows("Nothing was done.");
  await pane.press("s");
  await pane.shows("Stop #2? y/n");
  await pane.press("y");
  const { code, screen } = await pane.ended();
  expect(code).toBe(0);
  expect(screen).toContain("Without it.");
  expect(screen).toContain("stopped by human");
});
