/** The real git, as a person without any settings of their own. Throws what it complained of. */
export function git(cwd: string, ...args: string[]): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync(["git", ...settings, ...args], {
    cwd,
    env: { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" },
  });
  if (exitCode !== 0) throw new Error(`git ${args.join(" ")}: ${stderr.toString()}`);
  return stdout.toString().trim();
}

/** A repository with one commit. */
export function repository(folder: string): string {
  git(process.cwd(), "init", "--quiet", folder);
  git(folder, "commit", "--quiet", "--allow-empty", "--message", "first");
  return folder;
}

// "file": a submodule of a repository on this machine
const settings = [
  "user.email=a@example.com",
  "user.name=A",
  "init.defaultBranch=main",
  "protocol.file.allow=always",
].flatMap((setting) => ["-c", setting]);
