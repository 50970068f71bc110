import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { clients, type ClientId } from "../src/cli/init/clients.ts";
import { errors } from "../src/core/error.ts";
import { Happening } from "../src/core/event.ts";
import { operations } from "../src/operations/list.ts";
import type { Operation } from "../src/operations/operation.ts";
import { callsIn, unknownIn, type Call } from "./support/docs/commands.ts";
import { allPages, readPage, type Page } from "./support/docs/pages.ts";
import { reasons } from "./support/docs/reasons.ts";
import { commandsPage } from "../scripts/docs/markdown.ts";
import { programFacts } from "../scripts/docs/commands.ts";
import { expectGolden } from "./support/golden.ts";
import { root, sourcesIn } from "./support/source.ts";

/** The pages that people read before they change something say what is there. */

const read = (path: string) => readFileSync(join(root, path), "utf8");

describe("ARCHITECTURE.md", () => {
  const text = read("ARCHITECTURE.md");

  test("is a page", () => {
    expect(text.trimEnd().split("\n").length).toBeLessThanOrEqual(150);
  });

  test("names files and folders that exist", () => {
    const named = [...text.matchAll(/`((?:src|test|scripts|docs)\/[\w./-]*|\.oxlintrc\.json)`/g)].map(
      ([, path = ""]) => path,
    );
    expect(named.length).toBeGreaterThan(40);
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  test("has a line for each folder of src", () => {
    const folders = readdirSync(join(root, "src"), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `src/${name}/`);
    expect(folders.filter((folder) => !text.includes(`| \`${folder}\` |`))).toEqual([]);
  });
});

test("README.md fits on two screens or so", () => {
  expect(read("README.md").trimEnd().split("\n").length).toBeLessThanOrEqual(130);
});

describe("docs/wire.md", () => {
  const text = read("docs/wire.md");
  const isNamed = (word: string) =>
    new RegExp(`(?<![\\w/])${word.replaceAll(".", "\\.")}(?![\\w/])`).test(text);

  test("names every method and tool", () => {
    const names = Object.entries(operations).flatMap(([name, { tool }]: [string, Operation]) =>
      tool ? [name, tool.name] : [name],
    );
    expect(names.length).toBeGreaterThan(60);
    expect(names.filter((name) => !isNamed(name))).toEqual([]);
  });

  test("names every route", () => {
    const routes = read("test/golden/surface/routes.txt").trim().split("\n");
    const paths = routes.map((route) => route.split(" ")[1] ?? "").filter((path) => path !== "/*");
    expect(paths.filter((path) => !text.includes(path))).toEqual([]);
  });

  test("has every error with its codes", () => {
    const rows = Object.entries(errors).map(
      ([code, { rpc, http, exit }]) => `| ${code} | ${rpc} | ${http} | ${exit} |`,
    );
    expect(rows.filter((row) => !text.includes(row))).toEqual([]);
  });

  test("names every event, with what is particular to it", () => {
    const events = Happening.options.map(({ shape: { type, data } }) => ({
      type: type.value,
      fields: Object.keys(data.shape),
    }));
    expect(events.length).toBeGreaterThan(20);
    const missing = events.filter(({ type, fields }) => {
      const line = text
        .split("\n")
        .find((one) => one.startsWith("|") && new RegExp(`\\b${type.replace(".", "\\.")}\\b`).test(one));
      return line === undefined || fields.some((field) => !new RegExp(`\\b${field}\\b`).test(line));
    });
    expect(missing).toEqual([]);
  });
});

describe("docs/troubleshooting.md", () => {
  /** What its headings quote of a message, with … where something differs. */
  const quoted = readPage("docs/troubleshooting.md")
    .text.split("\n")
    .filter((line) => line.startsWith("###"))
    .flatMap((line) => [...line.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text))
    .flatMap((text) => text.split("…").map((part) => part.trim()))
    .filter((part) => part.length > 3);
  const said = sourcesIn("src").flatMap(({ texts }) => texts);

  test("quotes what cord says", () => {
    expect(quoted.length).toBeGreaterThan(25);
    expect(quoted.filter((part) => !said.some((text) => text.includes(part)))).toEqual([]);
  });
});

describe("the pages of clients", () => {
  const pageOf: Readonly<Record<ClientId, string>> = {
    claude: "claude-code",
    cursor: "cursor",
    codex: "codex",
    gemini: "gemini-cli",
    vscode: "vscode",
    opencode: "opencode",
    zed: "zed",
    antigravity: "antigravity",
    windsurf: "windsurf",
    "codex-user": "codex",
  };

  test.each(clients.map((client) => [client.id, client] as const))(
    "say of %s which files init writes, and what",
    (id, { files, hooks, config }) => {
      const { text, blocks } = readPage(`docs/clients/${pageOf[id]}.md`);
      const named = [files[0], ...(hooks ? [hooks.file] : [])];
      expect(named.filter((file) => !text.includes(file))).toEqual([]);
      const block = blocks.find(({ language }) => language === config.format)?.text ?? "";
      const shown = config.format === "json" ? JSON.parse(block) : Bun.TOML.parse(block);
      expect(shown).toMatchObject({ [config.parent]: { cord: config.entry } });
    },
  );
});

describe("the forms for issues", () => {
  const Form = z.object({
    name: z.string(),
    description: z.string(),
    body: z.array(
      z.object({
        type: z.string(),
        id: z.string().optional(),
        attributes: z.object({ label: z.string().optional() }),
      }),
    ),
  });

  test.each([
    ["bug", ["cord version --json", "cord doctor --json"]],
    ["feature", ["cord version --json"]],
  ])("ask in %s for %j", (name, commands) => {
    const { body } = Form.parse(parse(read(`.github/ISSUE_TEMPLATE/${name}.yml`)));
    expect(body.map(({ attributes }) => attributes.label)).toEqual(expect.arrayContaining(commands));
    const ids = body.flatMap(({ id }) => id ?? []);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe("the pages", () => {
  const pages = allPages();
  const byPath = new Map(pages.map((page) => [page.path, page]));

  test("link to files and headings that are there", () => {
    const links = pages.flatMap(({ path, links }) => links.map((link) => ({ path, link })));
    expect(links.length).toBeGreaterThan(10);
    expect(links.filter(({ path, link }) => !leadsSomewhere(path, link))).toEqual([]);
  });

  test.each(["docs/README.md", "docs/clients/README.md"])(
    "are listed in %s once, those of its folder",
    (index) => {
      const folder = posix.dirname(index);
      const own = pages
        .map(({ path }) => path)
        .filter((path) => posix.dirname(path) === folder && path !== index);
      const listed = byPath.get(index)?.links.map((link) => posix.join(folder, link)) ?? [];
      expect(own.filter((path) => listed.filter((one) => one === path).length !== 1)).toEqual([]);
    },
  );

  test.each([
    "wire.md#nothing",
    "nothing.md",
    "http://example.com",
    "https://127.0.0.1/",
    "#nothing",
    "mailto:a",
  ])("would not get away with a link to %s", (link) =>
    expect(leadsSomewhere("docs/plans.md", link)).toBe(false),
  );

  function leadsSomewhere(path: string, link: string): boolean {
    if (/^[a-z+.-]+:/.test(link)) return isPublic(link);
    if (ofGitHub.test(link)) return !path.includes("/");
    const [file = "", anchor] = link.split("#");
    const target = file === "" ? path : posix.join(posix.dirname(path), file);
    if (!existsSync(join(root, target))) return false;
    return anchor === undefined || (byPath.get(target)?.anchors.has(anchor) ?? false);
  }

  test("name paths of this repository that are there", () => {
    const own = /^(?:(?:src|test|scripts|docs)\/[\w./-]*|[A-Z]+\.md)$/;
    const paths = pages.flatMap(({ path, spans }) =>
      spans.filter((span) => own.test(span) && !theirs.has(span)).map((span) => ({ path, span })),
    );
    expect(paths.length).toBeGreaterThan(40);
    expect(paths.filter(({ span }) => !existsSync(join(root, span)))).toEqual([]);
  });

  test("show no command and no flag that cord does not have", async () => {
    const shown = pages.flatMap((page) => callsOf(page).map((call) => ({ page: page.path, call })));
    expect(shown.length).toBeGreaterThan(100);
    const unknown = await Promise.all(
      shown.map(async ({ page, call }) => (await unknownIn(call)).map((what) => `${page}: ${what}`)),
    );
    expect(unknown.flat()).toEqual([]);
  });

  test.each([
    "cord stauts",
    "x=1 cord run --bugdet 2",
    "a && cord run -z",
    "$(cord run a --no)",
    "cord --bogus",
  ])("would not get away with %s", async (line) => {
    const found = await Promise.all(callsIn(line).map(unknownIn));
    expect(found.flat()).toHaveLength(1);
  });

  test("say of each block that no test runs why, for one of the reasons that count", () => {
    const left = pages.flatMap(({ blocks }) => blocks).filter(({ noRun }) => noRun !== null);
    expect(
      left.filter(({ noRun }) => noRun !== null && !reasons.has(noRun)).map(({ title }) => title),
    ).toEqual([]);
    expect(left.filter(({ language }) => !shells.has(language)).map(({ title }) => title)).toEqual([]);
  });
});

/** What GitHub has beside the files, as it resolves it from a page at the root of the repository. */
const ofGitHub = /^\.\.\/\.\.\/(?:releases|security\/advisories\/new)$/;
/** What a shell of another system reads is checked, and not run. */
const shells: ReadonlySet<string> = new Set(["sh", "powershell"]);
/** Files of a user's project, of the same form as this repository's. */
const theirs: ReadonlySet<string> = new Set(["AGENTS.md", "CLAUDE.md", "GEMINI.md", "TODO.md"]);

function callsOf({ path, blocks, spans }: Page): Call[] {
  if (path === "CHANGELOG.md") return [];
  return [...blocks.filter(({ language }) => shells.has(language)).map(({ text }) => text), ...spans].flatMap(
    callsIn,
  );
}

function isPublic(link: string): boolean {
  const { protocol, hostname } = new URL(link);
  return protocol === "https:" && hostname.includes(".") && !/^[\d.]+$|localhost$/.test(hostname);
}

test("docs/commands.md is what the commands' definitions say", async () => {
  expectGolden(join(root, "docs/commands.md"), commandsPage(await programFacts()));
});
