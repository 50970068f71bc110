import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { z } from "zod";
import { clientRuns } from "../support/clients/client-runs.ts";
import { clientWorld } from "../support/clients/clients.ts";
import { startOtherModel } from "../support/clients/other-models.ts";

/** Codex reads cord's resources through `cord mcp`, as its model tells it. */

setDefaultTimeout(180_000);

const world = await clientWorld();
afterAll(() => world[Symbol.asyncDispose]());
const [codex] = await clientRuns(world);

const Sent = z.object({ id: z.string(), number: z.number() });

test("Codex lists the resources and templates of a tab, and reads one of its project", async () => {
  if (!codex) throw new Error("Codex is not there.");
  const { number, id } = Sent.parse(JSON.parse((await world.run(["cord", "send", "to read", "--json"])).out));
  const seen: string[][] = [];
  await using model = startOtherModel((results) => {
    seen.push([...results]);
    const own = [
      { call: "list_mcp_resources", args: { server: "cord" } },
      { call: "list_mcp_resource_templates", args: { server: "cord" } },
      { call: "read_mcp_resource", args: { server: "cord", uri: `cord://tasks/${number}` } },
    ][results.length];
    return own ? { ...own, isClients: true } : { say: "Read." };
  });
  const ended = await world.run(codex.argv, codex.prepare(model.url));
  expect({ code: ended.code, errors: model.errors }).toEqual({ code: 0, errors: [] });
  const [resources = "", templates = "", task = ""] = seen.at(-1) ?? [];
  expect(resources).toContain("cord://agents");
  expect(templates).toContain("cord://runs/{id}");
  expect(task).toContain(id);
});
