import { describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { z } from "zod";
import { circlesOf } from "./support/circles.ts";
import { root, sourcesIn, type Source } from "./support/source.ts";
import { testTimeoutMs } from "../scripts/steps.ts";
import { temporaryDirectory } from "./support/machine/temporary.ts";

/**
 * What a linter cannot say of the code. All that it can say stands in .oxlintrc.json, where an editor shows it: the ranks
 * of the folders, what only some of them may use, lengths, and circles of imports that are not lazy.
 */

const Pattern = z.object({
  regex: z.string(),
  message: z.string(),
  allowTypeImports: z.boolean().optional(),
});
const Restricted = z.tuple([z.literal("error"), z.object({ patterns: z.array(Pattern) })]);
const Config = z.object({
  overrides: z.array(
    z.object({
      files: z.array(z.string()),
      rules: z.object({ "no-restricted-imports": Restricted.optional() }),
    }),
  ),
});
const config = readFileSync(join(root, ".oxlintrc.json"), "utf8");
/** The patterns of what the files of a folder may not import, by the glob of these files. */
const restricted = new Map(
  Config.parse(JSON.parse(config)).overrides.flatMap(({ files, rules }) =>
    files.flatMap((glob) => {
      const patterns = rules["no-restricted-imports"]?.[1].patterns;
      return patterns === undefined ? [] : [[glob, patterns]];
    }),
  ),
);

/** What may not be written, except in these places, and why. */
const bans: readonly { what: RegExp; in: "code" | "texts"; except: RegExp; why: string }[] = [
  {
    what: /\b(?:SELECT\s[\s\S]*\sFROM|INSERT INTO|DELETE FROM|UPDATE \w+ SET|CREATE (?:TABLE|INDEX)|PRAGMA \w)/,
    in: "texts",
    except: /^src\/store\//,
    why: "SQL stands in the store",
  },
  {
    what: /\bnew Date\(\)/,
    in: "code",
    except: /^src\/(?:server|client|engine|cli|rehearsal)\//,
    why: "time comes in at the edges, and is a parameter from there",
  },
  {
    what: /\\x1b\[(?:[\d;]+m|\$\{$)/,
    in: "texts",
    except: /^src\/tui\/terminal\/(?:theme|screen)\.ts$/,
    why: "colours come from the theme",
  },
  { what: /\bstyleText\b/, in: "code", except: /^$/, why: "colours come from the theme, for NO_COLOR too" },
  {
    what: /\b127\.0\.0\.1\b|\b7777\b/,
    in: "texts",
    except: /^src\/core\/address\.ts$/,
    why: "the daemon's address is written once",
  },
  {
    what: /\b7777\b/,
    in: "code",
    except: /^src\/core\/address\.ts$/,
    why: "the daemon's port is written once",
  },
  {
    what: /\b#?(?:(?!atMost\b)\w*(?:Least|Most|Usual|Patien(?:ce|t)|Behalf|Mend(?:s|ed|ing)?(?![a-z])|Bench(?![a-z]))|(?:least|most|usual)(?![a-z])|(?:patien(?:ce|t)|behalf|bench|mend(?:s|ed|ing)?)(?![a-z]))/,
    in: "code",
    except: /^$/,
    why: "a name is the field's: min, max and default, a timeout, a fix",
  },
];

const sources = sourcesIn("src");
const tests = sourcesIn("test");
const scripts = sourcesIn("scripts");

/** Where an import leads, from the root; null for a package. */
function targetOf({ path }: Source, from: string): string | null {
  return from.startsWith(".") ? posix.join(posix.dirname(path), from) : null;
}

/** Why the ranks forbid an import that is made when a call is reached: of the others the linter tells. */
function whyNotLazily({ path }: Source, from: string): string | null {
  const patterns = [...restricted].flatMap(([glob, own]) => (new Bun.Glob(glob).match(path) ? own : []));
  return patterns.find(({ regex }) => new RegExp(regex).test(from))?.message ?? null;
}

describe("the code", () => {
  test("has every folder in the linter's ranks, and no other folder of such a name", () => {
    const folders = sources.flatMap(({ path }) =>
      path
        .split("/")
        .slice(1, -1)
        .map((name, depth) => ({ name, depth })),
    );
    const [outer, inner] = [
      folders.filter(({ depth }) => depth === 0),
      folders.filter(({ depth }) => depth > 0),
    ];
    const names = new Set(outer.map(({ name }) => name));
    const unranked = [...names].filter((name) => !restricted.has(`src/${name}/**`));
    expect(unranked).toEqual([]);
    // the linter knows a folder by its name in the path of an import
    expect(inner.filter(({ name }) => names.has(name))).toEqual([]);
    expect(sources.length).toBeGreaterThan(80);
  });

  test("imports down the ranks, also where it does so late", () => {
    const wrong = sources.flatMap((source) =>
      source.imports.flatMap(({ from, isLazy }) => {
        const why = isLazy ? whyNotLazily(source, from) : null;
        return why === null ? [] : [`${source.path} imports ${from}: ${why}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  test("stands alone, by whole paths: src imports src, and reads its version in one place", () => {
    const known = new Set(sources.map(({ path }) => path));
    const wrong = sources.flatMap((source) =>
      source.imports.flatMap(({ from }) => {
        const target = targetOf(source, from);
        const isFine =
          target === null ||
          known.has(target) ||
          (target === "package.json" && source.path === "src/core/version.ts");
        return isFine ? [] : [`${source.path} imports ${from}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  test("has no circles: no file imports itself by way of others, be it late or for a type", () => {
    const imports = new Map(
      sources.map((source) => [
        source.path,
        source.imports.flatMap(({ from }) => targetOf(source, from) ?? []),
      ]),
    );
    expect(circlesOf(imports)).toEqual([]);
  });

  test.each(bans)("holds to it: $why", ({ what, in: where, except, why }) => {
    const found = sources.flatMap((source) =>
      except.test(source.path)
        ? []
        : [source[where]].flat().flatMap((said) => {
            const [match] = what.exec(said) ?? [];
            return match === undefined ? [] : [`${source.path}: ${match.slice(0, 60)} (${why})`];
          }),
    );
    expect(found).toEqual([]);
  });

  test("has no index files, and no file named for nothing", () => {
    const names = /(?:^|\/)(?:index|utils?|helpers?|common|managers?|misc|shared)\.ts$/;
    const wrong = [...sources, ...tests, ...scripts]
      .map(({ path }) => path)
      .filter((path) => names.test(path));
    expect(wrong).toEqual([]);
  });
});

describe("the tests", () => {
  test("stand alone in their folders: what helps them is in test/support", () => {
    const apart = /^test\/(?:support|long)\//;
    const wrong = tests.filter(({ path }) => !path.endsWith(".test.ts") && !apart.test(path));
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test("have no limit of their own below the runner's: a busy machine is no failure", () => {
    const limits = /setDefaultTimeout\(([\d_]+)\)|^(?: {2})*\},? ?([\d_]+)\);$/gm;
    const wrong = tests.flatMap(({ path, code }) =>
      // what is run by hand is not run by the runner
      path.startsWith("test/long/")
        ? []
        : [...code.matchAll(limits)]
            .filter(([, whole, one]) => Number((whole ?? one ?? "").replaceAll("_", "")) <= testTimeoutMs)
            .map(([said]) => `${path}: ${said}`),
    );
    expect(wrong).toEqual([]);
  });
});

/** A file of each kind that the linter has to refuse, and by which rule. */
const refused: readonly { path: string; text: string; rule: string }[] = [
  { path: "src/cli/a.ts", text: 'import "../store/store.ts";', rule: "no-restricted-imports" },
  {
    path: "src/cli/run/a.ts",
    text: 'export { a } from "../../operations/a.ts";',
    rule: "no-restricted-imports",
  },
  {
    path: "src/tui/a.ts",
    text: 'import type { A } from "../engine/engine.ts";',
    rule: "no-restricted-imports",
  },
  { path: "src/client/a.ts", text: 'import { a } from "../operations/a.ts";', rule: "no-restricted-imports" },
  { path: "src/server/a.ts", text: 'import { a } from "../client/a.ts";', rule: "no-restricted-imports" },
  {
    path: "src/operations/a.ts",
    text: 'import type { A } from "../server/a.ts";',
    rule: "no-restricted-imports",
  },
  { path: "src/store/a.ts", text: 'import "../vault/a.ts";', rule: "no-restricted-imports" },
  { path: "src/vault/a.ts", text: 'import { Database } from "bun:sqlite";', rule: "no-restricted-imports" },
  { path: "src/system/a.ts", text: 'import "child_process";', rule: "no-restricted-imports" },
  { path: "src/core/a.ts", text: 'import "node:path";', rule: "no-restricted-imports" },
  { path: "src/core/b.ts", text: "export const a = () => Bun.version;", rule: "no-restricted-globals" },
  { path: "src/main.ts", text: 'import "./store/store.ts";', rule: "no-restricted-imports" },
  { path: "src/core/c.ts", text: "export const MAX_OPEN = 1;", rule: "id-match" },
  { path: "src/cli/b.ts", text: "export const a = () => process.exit(1);", rule: "no-process-exit" },
  { path: "src/cli/c.ts", text: "export const a = process.env;", rule: "no-restricted-properties" },
  { path: "src/server/b.ts", text: "export const a = () => Date.now();", rule: "no-restricted-properties" },
  {
    path: "src/tui/b.ts",
    text: "export const a = () => performance.now();",
    rule: "no-restricted-properties",
  },
  {
    path: "src/server/c.ts",
    text: 'export const a = () => Bun.spawn(["a"]);',
    rule: "no-restricted-properties",
  },
  {
    path: "src/engine/a.ts",
    text: "export const a = () => Math.random();",
    rule: "no-restricted-properties",
  },
  { path: "src/client/b.ts", text: 'export const a = () => fetch("/");', rule: "no-restricted-globals" },
  { path: "src/engine/b.ts", text: "export const a = (b: string): unknown => eval(b);", rule: "no-eval" },
  { path: "src/vault/b.ts", text: "// TODO: more", rule: "no-warning-comments" },
  { path: "src/vault/c.ts", text: "// @ts-ignore\nexport const a = 1;", rule: "ban-ts-comment" },
  { path: "src/vault/d.ts", text: "export default 1;", rule: "no-default-export" },
  { path: "src/vault/e.ts", text: "export const a = (b: any): unknown => b;", rule: "no-explicit-any" },
  { path: "src/vault/f.ts", text: "export const a = (b: null | 1): 1 => b!;", rule: "no-non-null-assertion" },
  { path: "test/a.ts", text: "//\n".repeat(401), rule: "max-lines" },
  {
    path: "scripts/a.ts",
    text: `export function a(): void {\n${"  a();\n".repeat(70)}}`,
    rule: "max-lines-per-function",
  },
  { path: "src/cli/d.ts", text: 'import type { E } from "./e.ts";\nexport type D = E;', rule: "no-cycle" },
  { path: "src/cli/e.ts", text: 'import type { D } from "./d.ts";\nexport type E = D;', rule: "no-cycle" },
];

test("the linter refuses what its configuration forbids", async () => {
  const folder = temporaryDirectory("tidy");
  await Bun.write(join(folder, ".oxlintrc.json"), config);
  for (const { path, text } of refused) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    await Bun.write(join(folder, path), `${text}\n`);
  }
  const oxlint = join(root, "node_modules/.bin/oxlint");
  const child = Bun.spawn([process.execPath, oxlint, "--format", "unix"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const found = new Set(
    (await child.stdout.text()).split("\n").flatMap((line) => {
      const [, path, rule] = /^(\S+?):\d+:\d+: .*\/\S*?\(?([\w-]+)\)\]$/.exec(line) ?? [];
      return path === undefined ? [] : [`${path} ${rule}`];
    }),
  );
  const missed = refused.filter(({ path, rule }) => !found.has(`${path} ${rule}`));
  expect(missed.map(({ path, rule }) => `${path} ${rule}`)).toEqual([]);
});

test.each([
  [{ a: ["b"], b: ["c"], c: [] }, []],
  [{ a: ["a"] }, [["a"]]],
  [
    { a: ["b", "x"], b: ["c", "a"], c: ["a"], x: ["y"], y: ["x"] },
    [
      ["x", "y"],
      ["a", "b", "c"],
    ],
  ],
  [{ a: ["b"], b: ["c"], c: ["b"], d: ["a", "c"] }, [["b", "c"]]],
])("the circles of %j are %j", (imports, circles) => {
  expect(circlesOf(new Map(Object.entries(imports)))).toEqual(circles);
});
