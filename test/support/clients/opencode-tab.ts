import { openPane, type Pane } from "../terminal/pane.ts";
import { clientRuns } from "./client-runs.ts";
import type { OtherScript } from "./other-models.ts";
import { tabWorld, type TabWorld } from "./tab-world.ts";

/** A project in which cord init has set up opencode and its plugin, with a scripted model. */
export function opencodeWorld(script: OtherScript): Promise<TabWorld> {
  return tabWorld(script, ["--client", "opencode", "--hooks", "opencode"], async (world, { url }) => {
    const run = (await clientRuns(world)).find(({ client }) => client === "opencode");
    Object.assign(world.env, run?.prepare(url), noRegistry);
  });
}

/** The interactive opencode in a terminal, once it takes a prompt. */
export async function opencodeTab(world: TabWorld): Promise<Pane> {
  const pane = await openPane(["opencode", "-m", "fake/m"], {
    cwd: world.project,
    env: world.env,
    width: 140,
    height: 50,
  });
  await pane.shows("Ask anything");
  return pane;
}

/** For any plugin it looks for a package of its own at its start, and goes on without when that cannot be had. */
const noRegistry = { npm_config_fetch_retries: "0", npm_config_registry: "http://127.0.0.1:9/" };
