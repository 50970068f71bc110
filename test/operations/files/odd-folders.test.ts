import { expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { repository } from "../../support/machine/git.ts";
import { temporaryDirectory } from "../../support/machine/temporary.ts";
import { openRig } from "../../support/operations/rig.ts";

test.each(["we?ird*", "{a,b}", "br[a]cket", "line\nbreak", "long".repeat(60)])(
  "a path is the same in a checkout whose own folder is called %j, and is released as it was reserved",
  async (name) => {
    const rig = openRig();
    const folder = join(temporaryDirectory("odd"), name, name);
    mkdirSync(join(folder, "v1.2"), { recursive: true });
    repository(folder);
    const reserve = (paths: string[], from = folder) =>
      rig.call("files/reserve", { agentId: "alice", paths, folder: from });
    const paths = ["a.ts", "src/*.ts", "v1.2"].map((path) => join(folder, path));
    expect(await reserve(paths)).toMatchObject({ folder, paths: ["a.ts", "src/*.ts", "v1.2/**"] });
    expect(await reserve([join(folder, "b")], join(folder, "v1.2"))).toMatchObject({ paths: ["b"] });
    for (const path of [...paths, "v1.2", "v1.2/"]) {
      expect(await rig.call("files/release", { agentId: "alice", paths: [path] })).toHaveLength(1);
      await reserve(paths);
    }
  },
);
