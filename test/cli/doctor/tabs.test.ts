import { expect, test } from "bun:test";
import { tabFinding } from "../../../src/cli/doctor/tabs.ts";
import type { Agent } from "../../../src/core/task.ts";
import { agentSeen } from "../../support/terminal/top.ts";

function found(given: Partial<Agent>) {
  return tabFinding(agentSeen("tab", 1, { is_open: true, ...given }));
}

test("a tab that can be woken is well, and it is said by what", () => {
  for (const wake of ["inbox", "queue", "plugin"] as const)
    expect(found({ client: "claude", wake })).toEqual({
      group: "tabs",
      name: "tab",
      status: "ok",
      detail: `can be woken: yes, by its ${wake}`,
    });
});

test("a tab whose wakes are used up is said to hear later", () => {
  const { status, detail } = found({ client: "codex", wake: "queue", wakes_left: 0 });
  expect([status, detail]).toEqual([
    "ok",
    expect.stringContaining("until then it is told at its next activity"),
  ]);
});

test("an older Claude Code is named with the version that has an inbox, a newer one is not told to update", () => {
  for (const version of ["2.1.197", "2.1.251", "1.9.999"])
    expect(found({ client: "claude", client_version: version, wake: "none" })).toMatchObject({
      status: "none",
      detail: `can be woken: no, Claude Code ${version} has no inbox; it is told at its next activity`,
      fix: "Update it to 2.1.252 or later: claude update",
    });
  for (const version of ["2.1.252", "2.1.332", "2.2.0", "nonsense", undefined]) {
    const { detail, fix } = found({
      client: "claude",
      ...(version ? { client_version: version } : {}),
      wake: "none",
    });
    expect(detail).toContain("its inbox takes nothing");
    expect(fix).not.toContain("pdate");
  }
});

test("of every other client it is said why its tabs are not woken, and no such tab is a failure", () => {
  for (const client of [
    "codex",
    "gemini",
    "opencode",
    "cursor",
    "vscode",
    "windsurf",
    "zed",
    "antigravity",
    "other",
  ] as const) {
    const { status, detail } = found({ client, wake: "none" });
    expect([client, status]).toEqual([client, "none"]);
    expect(detail).toStartWith("can be woken: no, ");
  }
  expect(found({ client: "gemini" }).detail).toContain("nothing wakes an idle Gemini CLI");
  expect(found({}).detail).toContain("cord knows no way to");
});

test("a tab that is not woken because its project says so, is told of as that, with the place", () => {
  expect(found({ client: "claude", wake: "inbox", is_muted: true })).toMatchObject({
    status: "none",
    detail: expect.stringContaining(".cord/config.toml"),
    fix: expect.stringContaining("[tabs]"),
  });
});
