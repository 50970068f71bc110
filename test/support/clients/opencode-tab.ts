import { openPane, type Pane } from "../terminal/pane.ts";
import { clientRuns } from "./client-runs.ts";
import { clientWorld, type ClientWorld } from "./clients.ts";
import { startOtherModel, type OtherModel, type OtherScript } from "./other-models.ts";

/** A project in which cord init has set up opencode and its plugin, with a scripted model. */
export interface OpencodeWorld extends ClientWorld {
  model: OtherModel;
}

export async function opencodeWorld(script: OtherScript): Promise<OpencodeWorld> {
  const world = await clientWorld();
  const run = (await clientRuns(world)).find(({ client }) => client === "opencode");
  const model = startOtherModel(script);
  Object.assign(world.env, run?.prepare(model.url), noRegistry);
  const { code, err } = await world.run("cord init --yes --client opencode --hooks opencode".split(" "));
  if (code !== 0) throw new Error(err);
  return {
    ...world,
    model,
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await model[Symbol.asyncDispose]();
    },
  };
}

/** The interactive opencode in a terminal, once it takes a prompt. */
export async function opencodeTab(world: OpencodeWorld): Promise<Pane> {
  const pane = await openPane(["opencode", "-m", "fake/m"], {
    cwd: world.project,
    env: world.env,
    width: 140,
    height: 50,
  });
  await pane.shows("Ask anything");
  return pane;
}

/** Types a prompt, which is on one line, and sends it. */
export async function tellOpencode(pane: Pane, text: string): Promise<void> {
  await pane.press(text);
  await pane.shows(text);
  await pane.press("Enter");
}

/** For any plugin it looks for a package of its own at its start, and goes on without when that cannot be had. */
const noRegistry = { npm_config_fetch_retries: "0", npm_config_registry: "http://127.0.0.1:9/" };
