import { expect, test } from "bun:test";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { NodeWatch } from "../../../src/cli/run/node-watch.ts";
import { outputFile } from "../../../src/core/output-files.ts";
import { NodePage } from "../../../src/tui/run/node-page.ts";
import { painter } from "../../../src/tui/terminal/theme.ts";
import { startBoard } from "../../support/machine/board.ts";
import { runOptions } from "../../support/run-options.ts";
import { at, nodeView } from "../../support/terminal/views.ts";
import { until } from "../../support/until.ts";

const said = (text: string) =>
  `${JSON.stringify({ type: "assistant", message: { role: "assistant", content: [{ type: "text", text }] } })}\n`;

test("a page that was opened before its node's agent had any output shows what comes of it", async () => {
  await using board = await startBoard();
  await board.serve();
  const { run_id } = await board.client.call("runs/create", { goal: "goal", options: runOptions });
  const { nodes } = await board.client.call("nodes/claim", { run_id, engine: "engine", limit: 1 });
  const epoch = nodes[0]?.epoch ?? 0;
  const node = nodeView(1, { status: "active", running_since: at(0) });
  const page = new NodePage(1);
  const watching = new NodeWatch(board.client, run_id, page, () => watching.look(node));
  const shown = () => page.lines(node, { width: 80, now: 0, paint: painter(false) }).join("\n");
  const shows = (text: string) => until(text, () => shown().includes(text));
  watching.look(node);
  await shows("No agent has worked on it yet.");
  const dir = join(board.cwd, "attempt");
  await board.client.call("runs/report", { run_id, attempts: [{ node_id: "#1", epoch, dir }] });
  await shows("Its log is not on this machine.");
  mkdirSync(dir);
  writeFileSync(join(dir, outputFile), said("I begin."));
  await shows("I begin.");
  appendFileSync(join(dir, outputFile), said("I go on."));
  await shows("I go on.");
  expect(shown()).toMatch(/I begin\.\nI go on\./);
  watching.close();
});
