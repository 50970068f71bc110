import { expect, test } from "bun:test";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { call } from "../support/claude/model.ts";
import { roles, runWorld, type World } from "../support/machine/run-world.ts";

/** Settings, of whomever, that keep cord's tools from the real Claude Code. */

function write(path: string, content: object): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(content));
}

const completes = () => runWorld(roles({ "#1": [call("complete", { result: "Done with it." })] }));
const inProject = ({ cwd }: World, name: string) => join(cwd, name);
const ofUser = ({ env }: World) => join(env["CLAUDE_CONFIG_DIR"] ?? "", "settings.json");

/** How a run ends there, and that nothing was charged: with the settings gone it goes on. */
async function stopped(world: World, undo: () => void): Promise<string> {
  const { code, out, err } = await world.cord("run", "Work");
  expect({ code, out }).toEqual({ code: 1, out: "" });
  const { nodes } = await world.client.call("runs/get", {});
  expect(nodes.map(({ status }) => status)).toEqual(["pending"]);
  undo();
  expect((await world.cord("run", "--resume")).out).toBe("Done with it.\n");
  return err;
}

test.each(["mcp__cord", "mcp__c*__complete"])(
  "a project that denies %s is named, and the run can go on once it does not",
  async (rule) => {
    await using world = await completes();
    const settings = inProject(world, ".claude/settings.json");
    write(settings, { permissions: { deny: [rule] } });
    const err = await stopped(world, () => rmSync(settings));
    expect(err).toContain(
      `Claude Code gives its agents none of cord's tools: its project's settings (.claude/settings.json) deny ${rule}. Take that out of them, or leave them out with --isolate; then go on with "cord run --resume".`,
    );
  },
);

test("a rule that asks before cord's tools is named too: nobody is there to be asked", async () => {
  await using world = await completes();
  const settings = inProject(world, ".claude/settings.local.json");
  write(settings, { permissions: { ask: ["mcp__cord"] } });
  const err = await stopped(world, () => rmSync(settings));
  expect(err).toContain("its project's settings (.claude/settings.local.json) ask before mcp__cord");
});

test("a server that the user's own settings forbid is told from one that could not be reached", async () => {
  await using world = await completes();
  write(ofUser(world), { deniedMcpServers: [{ serverName: "cord" }] });
  const err = await stopped(world, () => rmSync(ofUser(world)));
  expect(err).toContain(`your settings (${ofUser(world)}) forbid the MCP server cord (deniedMcpServers)`);
});

test("a managed policy that allows no server is named as what it is", async () => {
  await using world = await completes();
  const policy = JSON.stringify({ allowedMcpServers: [], allowManagedMcpServersOnly: true });
  const gone = inProject(world, "gone");
  world.wrapClaude(`[ -e ${gone} ] && exec "$REAL" "$@"\nexec "$REAL" "$@" --managed-settings '${policy}'`);
  const err = await stopped(world, () => writeFileSync(gone, ""));
  expect(err).toContain("policy settings of this machine or account forbid the MCP server cord");
});

test("so is one that says which servers there are, with which it does not even start", async () => {
  await using world = await completes();
  const gone = inProject(world, "gone");
  // what it prints where there is a managed-mcp.json, for which a test has no place
  const words =
    "Error: You cannot dynamically configure MCP servers when an enterprise MCP config is present";
  world.wrapClaude(`[ -e ${gone} ] && exec "$REAL" "$@"\necho "${words}" >&2; exit 1`);
  const err = await stopped(world, () => writeFileSync(gone, ""));
  expect(err).toContain("policy settings of this machine or account (managed-mcp.json) say which there are");
});

test("a project's own server of the name cord gives way to the run's", async () => {
  await using world = await completes();
  const started = inProject(world, "started");
  const server = { command: "sh", args: ["-c", `touch ${started}; sleep 5`] };
  write(inProject(world, ".mcp.json"), { mcpServers: { cord: server } });
  expect((await world.cord("run", "Work")).out).toBe("Done with it.\n");
  expect(existsSync(started)).toBe(false);
});
