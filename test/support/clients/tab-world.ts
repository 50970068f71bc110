import { clientWorld, type ClientWorld } from "./clients.ts";
import { startOtherModel, type OtherModel, type OtherScript } from "./other-models.ts";

/** A project that cord init has prepared for a client, with a scripted model behind that. */
export interface TabWorld extends ClientWorld {
  model: OtherModel;
}

/** `prepare` makes the client's own settings, before cord init is run with the flags. */
export async function tabWorld(
  script: OtherScript,
  flags: readonly string[],
  prepare: (world: ClientWorld, model: OtherModel) => Promise<void> | void,
): Promise<TabWorld> {
  const world = await clientWorld();
  const model = startOtherModel(script);
  await prepare(world, model);
  const { code, err } = await world.run(["cord", "init", "--yes", ...flags]);
  if (code !== 0) throw new Error(err);
  return {
    ...world,
    model,
    async [Symbol.asyncDispose]() {
      // a client's own daemon and its servers have the world's mark too, and end with it
      await world[Symbol.asyncDispose]();
      await model[Symbol.asyncDispose]();
    },
  };
}
