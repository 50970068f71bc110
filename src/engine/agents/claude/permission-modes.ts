/** What Claude Code's --permission-mode takes (2.1.197). In a file of its own, so that the help of cord run loads no more. */
export const claudePermissionModes: readonly string[] = [
  "acceptEdits",
  "auto",
  "bypassPermissions",
  "default",
  "dontAsk",
  "plan",
];
