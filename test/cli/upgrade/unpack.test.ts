import { describe, expect, test } from "bun:test";
import { archiveOf } from "../../../scripts/release/archive.ts";
import { unpack } from "../../../src/cli/upgrade/unpack.ts";
import { targets } from "../../../src/core/targets.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

describe.each(targets.map((target) => [target.name, target] as const))("an archive for %s", (_, target) => {
  const kind = target.os === "win32" ? "zip" : "tar.gz";
  const folder = `cord-1.2.3-${target.name}`;
  const archive = (...paths: string[]) =>
    archiveOf(
      paths.map((path) => ({ path, bytes: bytes(path), isProgram: false })),
      kind,
    );

  test("is read by paths below its folder, without what lies elsewhere", async () => {
    const paths = [`${folder}/${target.program}`, `${folder}/man/cord.1`, "other/cord", `../${folder}/cord`];
    const files = await unpack(await archive(...paths), "1.2.3", target);
    expect([...files.keys()].toSorted()).toEqual([target.program, "man/cord.1"].toSorted());
    expect(new TextDecoder().decode(files.get(target.program))).toBe(`${folder}/${target.program}`);
  });

  test("of another version, cut off, or of another kind is refused", async () => {
    const whole = await archive(`${folder}/${target.program}`, `${folder}/README.md`);
    await expect(unpack(whole, "1.2.4", target)).rejects.toThrow(`there is no cord-1.2.4-${target.name}/`);
    await expect(unpack(whole.slice(0, 40), "1.2.3", target)).rejects.toThrow("Nothing was changed");
    await expect(unpack(bytes("<html>"), "1.2.3", target)).rejects.toThrow("Nothing was changed");
  });
});
