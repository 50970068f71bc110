import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { start } from "../../support/machine/command.ts";
import { temporaryDirectory } from "../../support/machine/temporary.ts";
import { root } from "../../support/source.ts";

const folder = temporaryDirectory("tap");
const bin = join(folder, "bin");
const tap = join(folder, "tap.git");
const env = {
  PATH: `${bin}:${dirname(Bun.which("git") ?? "")}:/usr/bin:/bin`,
  HOME: folder,
  TMPDIR: folder,
  GIT_CONFIG_NOSYSTEM: "1",
};

/** GitHub's own program, as far as the script asks it: it knows one tap, and no pull request. */
const gh = `#!/bin/sh
case "$1 $2" in
  "repo clone") exec git clone --quiet "${tap}" "$4" ;;
  "pr list") exit 0 ;;
  "pr create") echo "$@" >>"${folder}/opened" ;;
  *) exit 1 ;;
esac
`;

async function run(...argv: string[]) {
  const { code, out, err } = await start(argv, { cwd: folder, env }).ended;
  expect({ argv, code, err }).toEqual({ argv, code: 0, err: "" });
  return out;
}

test("the change of a tap's formula is opened once, on a branch of its own, and not where the formula is that already", async () => {
  mkdirSync(bin);
  writeFileSync(join(bin, "gh"), gh);
  chmodSync(join(bin, "gh"), 0o755);
  writeFileSync(join(folder, "cord.rb"), "class Cord < Formula\nend\n");
  await run("git", "init", "--quiet", "--bare", "--initial-branch=main", tap);
  const first = join(folder, "first");
  const who = ["-c", "user.name=a", "-c", "user.email=a@b"];
  await run("git", "init", "--quiet", first);
  await run("git", "-C", first, ...who, "commit", "--quiet", "--allow-empty", "--message", "begin");
  await run("git", "-C", first, "push", "--quiet", tap, "HEAD:main");
  const script = ["sh", join(root, "scripts/release/open-tap-change.sh"), "someone/homebrew-tap", "v1.2.3"];

  await run(...script, join(folder, "cord.rb"));
  expect(await run("git", "-C", tap, "show", "cord-v1.2.3:Formula/cord.rb")).toBe(
    "class Cord < Formula\nend\n",
  );
  expect(await run("git", "-C", tap, "log", "--format=%s", "cord-v1.2.3")).toBe("cord 1.2.3\nbegin\n");
  const opened = readFileSync(join(folder, "opened"), "utf8");
  expect(opened).toContain("pr create --repo someone/homebrew-tap --head cord-v1.2.3 --title cord 1.2.3");

  await run("git", "-C", tap, "branch", "--force", "main", "cord-v1.2.3");
  const said = await run(...script, join(folder, "cord.rb"));
  expect(said).toBe("The formula in someone/homebrew-tap is that of v1.2.3 already.\n");
  expect(readFileSync(join(folder, "opened"), "utf8")).toBe(opened);
});
