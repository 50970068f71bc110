import { expect, test } from "bun:test";
import { repository } from "../../support/machine/git.ts";
import { temporaryDirectory } from "../../support/machine/temporary.ts";
import { openRig } from "../../support/operations/rig.ts";

test("all whom a reservation kept away at once hear of its end", async () => {
  const rig = openRig();
  const folder = repository(temporaryDirectory("kept-away"));
  await rig.call("files/reserve", { agentId: "alice", paths: ["src"], folder });
  const others = ["bob", "carol", "dave"];
  await Promise.all(others.map((agent) => rig.call("files/check", { agent, folder, paths: ["src/a.ts"] })));
  await rig.call("files/release", { agentId: "alice" });
  for (const agent of others) {
    const { rows } = await rig.services.inbox.unread(agent);
    expect([agent, ...rows.map(({ line }) => line)]).toEqual([
      agent,
      "src, which alice had reserved, may be edited again",
    ]);
  }
});
