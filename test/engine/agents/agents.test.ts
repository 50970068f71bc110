import { describe, expect, test } from "bun:test";
import { agentNamed, installableAgents, refusePermissionMode } from "../../../src/engine/agents/agents.ts";
import { permissionModes } from "../../../src/engine/agents/permission-modes.ts";

describe("an agent's file", () => {
  test("says which permission modes its program has; another is refused with them", () => {
    const claude = agentNamed("claude");
    for (const mode of permissionModes) expect(() => refusePermissionMode(claude, mode)).not.toThrow();
    expect(new Set(permissionModes)).toEqual(
      new Set(["claude", "rehearsal"].flatMap((name) => agentNamed(name).permissionModes)),
    );
    expect(() => refusePermissionMode({ ...claude, permissionModes: ["plan"] }, "acceptEdits")).toThrow(
      "Claude Code has no permission mode acceptEdits. Use one of: plan.",
    );
  });

  test("says how its program is installed, and how a person logs in", () => {
    expect(installableAgents.map(({ name }) => name)).toEqual(["claude"]);
    for (const { install, logIn } of installableAgents) {
      expect(install).toMatch(/^npm install -g \S+$/);
      expect(logIn).toMatch(/^[A-Z].*[^.]$/);
    }
  });
});
