import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { openRig, type Rig } from "../../support/operations/rig.ts";

let rig: Rig;
let run: string;

beforeEach(async () => {
  rig = openRig();
  run = await rig.startRun();
});
afterEach(() => rig.close());

const goOn = () => rig.call("runs/go-on", { run_id: run });
const renew = (trouble: string | null) => rig.call("nodes/renew", { run_id: run, engine: "engine", trouble });
const unparked = () => rig.events.filter(({ type }) => type === "run.unparked");

describe("a person lets a run go on", () => {
  test("that its engine says is held up: the engine hears of it", async () => {
    await renew("The API answers 529.");
    expect(await goOn()).toMatchObject({ was_held: true, engines: ["engine"] });
    expect(unparked()).toMatchObject([{ run_id: run, data: { by: "human" } }]);
  });

  test("that nothing holds up: nothing happens, and who works on it is said", async () => {
    expect(await goOn()).toMatchObject({ was_held: false, engines: [] });
    await renew(null);
    expect(await goOn()).toMatchObject({ was_held: false, engines: ["engine"] });
    expect(unparked()).toEqual([]);
  });

  test("that is over: it is refused", async () => {
    await renew("The API answers 529.");
    await rig.call("nodes/stop", { run_id: run, node_id: "#1" });
    await expect(goOn()).rejects.toThrow("is over");
    expect(unparked()).toEqual([]);
  });
});
