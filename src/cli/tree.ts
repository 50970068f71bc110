import { Command } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import type { Client } from "../client/client.ts";
import { followEvents } from "../client/events.ts";
import type { RunSnapshot } from "../core/run.ts";
import { RunModel } from "../tui/run/model.ts";
import { runLines } from "../tui/run/view.ts";
import { Screen } from "../tui/terminal/screen.ts";
import { hasColor, outputWidth, print, printJson } from "./output.ts";
import { jsonOption, projectOf, projectOption, urlOption } from "./options.ts";
import { wallClock } from "../system/wall-clock.ts";

export const command = new Command("tree")
  .description("Show the tree of a run (default: the newest here).")
  .argument("[run]", "its id, or a unique beginning of it")
  .option("-f, --follow", "redraw it until the run ends")
  .addOption(jsonOption())
  .addOption(projectOption())
  .addOption(urlOption())
  .addHelpText("after", "\nExamples:\n  $ cord tree\n  $ cord tree 01a1fd89-829a --follow")
  .action(async (run, { follow, project, json, url }) => {
    const client = await connect(url);
    const which = run === undefined ? { project: projectOf(project) } : { run_id: run };
    const snapshot = await client.call("runs/get", which);
    if (json) return printJson(await client.call("nodes/tree", { run_id: snapshot.run.id }));
    const isFollowed = follow && snapshot.run.ended_at === null && process.stdout.isTTY;
    return print(wholeTree(isFollowed ? await followTree(client, snapshot) : snapshot));
  });

/** Whether an engine works on a run, and what holds that up, is no event. */
const refreshedEveryMs = 10_000;

function wholeTree(snapshot: RunSnapshot): string {
  const now = wallClock();
  const size = { width: outputWidth(), height: 100_000, color: hasColor() };
  return runLines(new RunModel(snapshot, now).view(now), size).join("\n");
}

/** Redraws until the run ends; Ctrl-C leaves the run alone. The run as it is then. */
async function followTree(client: Client, snapshot: RunSnapshot): Promise<RunSnapshot> {
  const read = () => client.call("runs/get", { run_id: snapshot.run.id });
  const model = new RunModel(snapshot, wallClock());
  const screen = new Screen(process.stdout, { mode: "full" });
  const color = hasColor();
  const draw = () => screen.draw((size) => runLines(model.view(wallClock()), { ...size, color }));
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.once("SIGINT", interrupt);
  const tick = setInterval(draw, 1000);
  // a daemon that is away is brought back by who follows its events
  const refresh = setInterval(
    () =>
      void read().then(
        ({ run }) => model.refresh(run),
        () => {},
      ),
    refreshedEveryMs,
  );
  draw();
  try {
    for await (const event of followEvents(client, { run_id: snapshot.run.id }, snapshot.seq, stop.signal)) {
      model.apply(event);
      draw();
      if (event.type === "run.ended") break;
    }
  } finally {
    clearInterval(tick);
    clearInterval(refresh);
    process.off("SIGINT", interrupt);
    screen.restore();
  }
  return read();
}
