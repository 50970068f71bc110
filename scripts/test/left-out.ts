/**
 * The test files that a system cannot run, and why: the one place where that is said. On Linux and macOS all are run, and what
 * one of them needs beyond the system (a mount, root, a newer kernel) it asks for itself.
 */
const leftOut: Partial<Record<NodeJS.Platform, readonly { files: RegExp; why: string }[]>> = {
  win32: [
    {
      files: /^test\/(?:e2e|conformance)\//,
      why: "they find what they have started by its environment, which Windows shows nobody, and work in terminals that Unix has",
    },
    {
      files: /^test\/engine\/|^test\/cli\/run\/notify/,
      why: "they play agents by shell scripts, and look at sessions and groups of processes",
    },
    {
      files:
        /^test\/scripts\/(?:install|demo|release)|^test\/cli\/completions\.|^test\/client\/daemon\/environment\./,
      why: "they run scripts for a POSIX shell",
    },
    {
      files: /^test\/cli\/mcp\/tab\/(?:claude-|codex-link|tab\.|wakes)/,
      why: "they play clients behind a socket in the file system",
    },
    {
      files: /^test\/store\/database\/(?:lost|lock|durability|trouble)\./,
      why: "they delete, move and fill up what SQLite has open, which it allows nobody there",
    },
    {
      files: /^test\/cli\/daemon\/service\.|^test\/system\/service\./,
      why: "they hold what launchd and systemd are given: paths, links and modes of POSIX",
    },
    {
      files: /^test\/server\/(?:descriptors|address|idle|stuck|threads\/watchdog)\./,
      why: "they stop, kill and bound a daemon by signals and ulimit",
    },
  ],
};

/** Why a test file is not run on a system. Null: it is. */
export function whyLeftOut(path: string, platform: NodeJS.Platform = process.platform): string | null {
  return leftOut[platform]?.find(({ files }) => files.test(path))?.why ?? null;
}
