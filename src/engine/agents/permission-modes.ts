import { claudePermissionModes } from "./claude/permission-modes.ts";

/** All that --permission-mode takes, for one agent or another. */
export const permissionModes: readonly string[] = claudePermissionModes;
