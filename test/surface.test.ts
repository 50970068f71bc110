import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { commands } from "../src/cli/commands.ts";
import { wireFor } from "../src/client/daemon/older-answers.ts";
import { isJsonObject } from "../src/core/json.ts";
import { wire } from "../src/core/version.ts";
import { operations, streams } from "../src/operations/list.ts";
import type { Operation } from "../src/operations/operation.ts";
import { proverFor } from "../src/server/proof.ts";
import { directRoutes } from "../src/server/app.ts";
import { routerOf } from "../src/server/router.ts";
import { hostsFor } from "../src/server/http/guard.ts";
import { resources, templates } from "../src/server/mcp/board-resources.ts";
import { toolList, type Profile } from "../src/server/mcp/catalogue.ts";
import { prompts } from "../src/server/mcp/prompts.ts";
import { createBus } from "../src/core/bus.ts";
import { openSqlite } from "../src/store/database/sqlite.ts";
import { filesFor } from "../src/server/files.ts";
import { OpenAgents } from "../src/server/presence.ts";
import { Tabs } from "../src/server/tabs/registry.ts";
import { noArchive, nobody, noInbox, noPush } from "./support/operations/rig.ts";
import { cordBinary } from "./support/machine/binary.ts";
import { start } from "./support/machine/command.ts";
import { allPages, readPage } from "./support/docs/pages.ts";
import { expectGolden } from "./support/golden.ts";
import { temporaryDirectory } from "./support/machine/temporary.ts";

/**
 * All that users, agents and other programs see of cord, as files that a reviewer reads. UPDATE_GOLDEN=1 writes
 * them anew.
 */
const golden = (name: string) => join(import.meta.dir, "golden/surface", name);

describe("the commands", () => {
  /** WIRE.md's table: what users already type, kept exactly. A flag with a value has a placeholder. */
  const flagsOf: Readonly<Record<string, string>> = {
    run: "--budget= --model= --total-budget= --jobs= --max-depth= --max-nodes= --max-children= --stall= --trust --timeout= --permission-mode= --isolate --agent= --rehearse --resume= --json",
    serve: "--addr= --db= --vault= --open --idle-exit=",
    daemon: "--url= --db= --vault= --no-vault --addr= --follow --lines= --json",
    mcp: "",
    hook: "",
    init: "--force --no-mcp --no-agents --client= --guard --yes --dry-run --remove --check",
    top: "--once",
    status: "--json",
    agents: "--json",
    poke: "--json",
    inbox: "--peek --ack= --all --limit= --as= --json",
    reply: "--urgent --as= --json",
    watch:
      "--kind= --state= --priority= --name-contains= --to= --ids= --since= --note= --every --minutes= --list --cancel= --as= --json",
    reserve: "--minutes= --shared --why= --as= --json",
    unreserve: "--all --as= --json",
    reservations: "--all --json",
    version: "--json",
    tasks: "--limit= --kind= --state= --priority= --to= --all --json",
    send: "--kind= --priority= --payload= --to= --needs= --as= --json",
    claim: "--as= --lease= --json",
    extend: "--as= --lease= --json",
    say: "--as= --json",
    ask: "--option= --wait= --as= --json",
    complete: "--result= --ack= --ack-priority= --ack-payload= --as= --json",
    cancel: "--reason= --json",
    reclaim: "--json",
    heartbeat: "--name= --as=",
    wait: "--as= --name= --kind= --state= --priority= --name-contains= --ignore-id= --timeout= --heartbeat= --to= --since= --run= --node=",
    runs: "--json",
    tree: "--json",
    report: "--json",
    logs: "--follow",
    stop: "--json",
    pause: "--json",
    resume: "--json",
    modify: "--json",
    retry: "--run= --json",
    skills: "--trust --json",
    config: "--trust --json",
    approve: "--run= --json",
    reject: "--run= --json",
    answer: "--json",
    tell: "--json",
    fail: "--json",
    release: "--json",
    show: "--json",
    backup: "--force --json",
    doctor: "--json",
    completions: "",
    upgrade: "--version= --check --json",
    import: "--json",
  };
  const loaded = new Map<string, CommandUnknownOpts>();
  const helps = new Map<string, string>();

  beforeAll(async () => {
    const binary = await cordBinary();
    const at = { cwd: temporaryDirectory("surface"), env: { HOME: temporaryDirectory("home") } };
    for (const [name, { load }] of commands) loaded.set(name, (await load()).command);
    for (const name of ["", ...commands.keys()]) {
      const { code, out, err } = await start([binary, ...(name === "" ? [] : [name]), "--help"], at).ended;
      expect({ name, code, err }).toEqual({ name, code: 0, err: "" });
      helps.set(name, out);
    }
  });

  test("are those of WIRE.md, and no others", () => {
    expect([...commands.keys()].toSorted()).toEqual(Object.keys(flagsOf).toSorted());
  });

  test.each(Object.entries(flagsOf))("cord %s has the flags of WIRE.md", (name, flags) => {
    const own = loaded.get(name)?.options.map(({ long, required, optional }) => {
      return `${long}${required || optional ? "=" : ""}`;
    });
    expect(own).toEqual(expect.arrayContaining(flags.split(" ").filter((flag) => flag !== "")));
  });

  test.each(["", ...commands.keys()])(
    "cord %s --help is as reviewed, with an example, in 80 columns",
    (name) => {
      const help = helps.get(name) ?? "";
      expect(help).toMatch(/\nExamples?\b.*:\n {2}\S/);
      expect(help).toMatch(/\n {2}(?:\$ cord|\{)/);
      expect(help.split("\n").filter((line) => line.length > 80)).toEqual([]);
      expectGolden(golden(`help/${name === "" ? "cord" : name}.txt`), help);
    },
  );

  test("have no golden file left of one that is gone", () => {
    const kept = readdirSync(golden("help")).map((file) => file.replace(/\.txt$/, ""));
    expect(kept.toSorted()).toEqual(["cord", ...commands.keys()].toSorted());
  });

  test("never give one flag two meanings: it takes a value everywhere or nowhere, and a letter is one word's", () => {
    const shapes = new Map<string, Set<string>>();
    for (const { options } of loaded.values()) {
      for (const { long, short, required, optional } of options) {
        const add = (key: string, shape: string) =>
          void shapes.set(key, (shapes.get(key) ?? new Set()).add(shape));
        add(String(long), required || optional ? "takes a value" : "is a switch");
        if (short) add(short, `is short for ${long}`);
      }
    }
    const several = [...shapes].filter(([flag, shape]) => shape.size > 1 && flag !== twoMeanings);
    expect(several).toEqual([]);
  });

  test("are all in the pages that people write, and every flag of cord run is in the one on limits", () => {
    const pages = allPages().filter(({ path }) => path !== "docs/commands.md" && path !== "CHANGELOG.md");
    const text = pages.map((page) => page.text).join("\n");
    const names = [...commands.keys()].filter((name) => !new RegExp(`\\bcord ${name}\\b`).test(text));
    const flags = (loaded.get("run")?.options ?? []).flatMap(({ long }) => long ?? []);
    const limits = readPage("docs/steering.md").text;
    expect(names).toEqual([]);
    expect(flags.filter((flag) => !new RegExp(`${flag}\\b`).test(limits))).toEqual([]);
  });
});

/** A command that proves a run's result, and a look at what `cord init` would change: both are what the seeds' users call them. */
const twoMeanings = "--check";

describe("a command line that is wrong", () => {
  const wrong: [string[], string][] = [
    [["stauts"], "cord: unknown command 'stauts' (did you mean status?). See cord --help."],
    [["--bogus"], "cord: unknown option '--bogus'. See cord --help."],
    [
      ["run", "--bugdet", "2"],
      "cord run: unknown option '--bugdet' (did you mean --budget?). See cord run --help.",
    ],
    [["run", "--budget"], "cord run: option '--budget <usd>' argument missing. See cord run --help."],
    [["claim"], "cord claim: missing required argument 'id'. See cord claim --help."],
    [["help", "nothing"], "cord: unknown command 'nothing'. See cord --help."],
    [["\u001b[31mred\u001b[0m"], "cord: unknown command 'red'. See cord --help."],
  ];

  test.each(wrong)(
    "%p gets one sentence on stderr, nothing on stdout, and exit code 64",
    async (args, said) => {
      const at = { cwd: temporaryDirectory("surface"), env: { HOME: temporaryDirectory("home") } };
      const ended = await start([await cordBinary(), ...args], at).ended;
      expect(ended).toEqual({ code: 64, out: "", err: `${said}\n` });
    },
  );

  test("cord help COMMAND shows what cord COMMAND --help shows", async () => {
    const at = { cwd: temporaryDirectory("surface"), env: { HOME: temporaryDirectory("home") } };
    const helps = [
      ["help", "run"],
      ["run", "--help"],
      ["run", "-h"],
    ];
    const shown = await Promise.all(
      helps.map(async (args) => start([await cordBinary(), ...args], at).ended),
    );
    for (const one of shown) expect(one).toEqual({ code: 0, out: shown[0]?.out ?? "", err: "" });
  });
});

describe("the tools of MCP", () => {
  test.each(["board", "tree"] as const)("of the %s are as reviewed", (profile: Profile) => {
    const tools = toolList(profile);
    expectGolden(golden(`tools-${profile}.json`), `${JSON.stringify(tools, null, 2)}\n`);
  });
});

test("the resources and prompts of MCP are as reviewed", () => {
  const features = { resources, resourceTemplates: templates, prompts };
  expectGolden(golden("mcp-features.json"), `${JSON.stringify(features, null, 2)}\n`);
});

test("the operations are as reviewed: who may call each, what it does to the state, to its subject and to a lease, where it is shown, and which may be held open", () => {
  const rows = Object.entries(operations).map(([name, operation]: [string, Operation]) => {
    const { callers, effect, act, tool, lease, mayBeHeldOpen, summary, input } = operation;
    const shown = tool ? `${tool.profile}:${tool.name}` : "–";
    const more = [
      ...(act ? [`to ${act}`] : []),
      ...(lease ? [`${lease} a lease`] : []),
      ...(mayBeHeldOpen ? ["may be held open"] : []),
    ];
    return [
      [name, effect, callers.join(","), shown, ...more].join("  "),
      `  ${Object.keys(input.shape).join(" ") || "(no parameters)"}`,
      `  ${summary}`,
    ].join("\n");
  });
  for (const { name, callers, input, summary } of Object.values(streams))
    rows.push(
      [
        `${name}  stream  ${callers.join(",")}`,
        `  ${Object.keys(input.shape).join(" ")}`,
        `  ${summary}`,
      ].join("\n"),
    );
  expectGolden(golden("operations.txt"), `${rows.join("\n")}\n`);
});

/** A program reads what an answer always has. Of a daemon whose answers lack some of it it must ask nothing: see core/version.ts. */
test("what programs read of answers about runs is under the number that they ask of a daemon: raise it when a line is new", () => {
  const asked = Object.values(operations).filter(({ name }) => wireFor(name) > 0);
  const rows = asked.map(
    ({ name, output }) =>
      `${name}\n${alwaysIn(z.toJSONSchema(output, { unrepresentable: "any" }), "  ").join("\n")}`,
  );
  expectGolden(golden("answers.txt"), `wire ${wire}\n${rows.join("\n")}\n`);
});

/** A line for each field that is always there, those within it below it. */
function alwaysIn(schema: unknown, indent: string): string[] {
  if (!isJsonObject(schema)) return [];
  const { required = [], properties, items, anyOf = [] } = schema;
  const fields = isJsonObject(properties) && Array.isArray(required) ? required.map(String).toSorted() : [];
  const within = [items, ...(Array.isArray(anyOf) ? anyOf : [])].flatMap((part) => alwaysIn(part, indent));
  const own = fields.flatMap((field) => [
    `${indent}${field}`,
    ...alwaysIn(isJsonObject(properties) ? properties[field] : null, `${indent}  `),
  ]);
  return [...own, ...within];
}

const presence = new OpenAgents(() => 0);
const never = () => () => {};
const moment = () => ({ now: 0, monotonic: 0 });

describe("over HTTP", () => {
  const store = openSqlite(":memory:");
  const router = routerOf({
    services: {
      store,
      bus: createBus(),
      daemon: nobody,
      presence,
      clock: () => 0,
      monotonic: () => 0,
      newId: () => "0",
      nodeToken: () => "",
      fileExists: async () => false,
      schemas: { misfit: async () => null, problem: async () => null },
      push: noPush,
      archive: noArchive,
      tabs: new Tabs({ store, newId: () => "0", moment, schedule: never, inbox: noInbox, presence }),
      inbox: noInbox,
      files: filesFor(() => 0),
      taskOf: async () => null,
    },
    auth: {
      secret: "s".repeat(32),
      seal: "s".repeat(32),
      prover: proverFor("s".repeat(32), "127.0.0.1"),
      store,
    },
    hosts: () => hostsFor("127.0.0.1", 7777),
    database: ":memory:",
    vault: null,
    problem: () => null,
    traffic: { begin: () => () => {}, hold: () => () => {} },
  });
  afterAll(() => store.close());

  test("the routes are as reviewed", () => {
    const routes = [...router.routes.map(({ method, path }) => `${method} ${path}`), ...directRoutes.keys()];
    expectGolden(golden("routes.txt"), `${routes.toSorted().join("\n")}\n`);
  });

  test("the cards are as reviewed", async () => {
    const cards = router.routes
      .filter(({ path }) => path.startsWith("/.well-known/"))
      .map(({ path }) => path);
    expect(cards).toContain("/.well-known/agent.json");
    for (const path of new Set(cards)) {
      const request = new Request(`http://127.0.0.1:7777${path}`, { headers: { host: "127.0.0.1:7777" } });
      const response = await router.handle(request);
      expect(response.status).toBe(200);
      const card = JSON.stringify(await response.json(), null, 2);
      expectGolden(golden(`${path.split("/").at(-1)}`), `${card}\n`);
    }
  });
});
