/** Why a block of a page is not run by a test: no other reason counts. Each is what the machine of a test does not have. */
export const reasons: ReadonlySet<string> = new Set([
  "needs a login of Claude Code",
  "needs a network",
  "needs a release",
  "needs a terminal",
  "needs another program",
  "needs Homebrew",
  "needs systemd or launchd",
  "needs Windows",
  "takes minutes",
]);
