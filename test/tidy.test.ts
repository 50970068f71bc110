import { describe, expect, test } from "bun:test";
import { join, posix } from "node:path";
import { root, sourcesIn, type Source } from "./support/source.ts";
import { temporaryDirectory } from "./support/machine/temporary.ts";

/** Imports point down this table, from a row to a lower one, and never across a row. */
const ranks: readonly (readonly string[])[] = [
  ["main"],
  ["cli"],
  ["engine", "rehearsal", "server", "tui"],
  ["client"],
  ["operations"],
  ["store", "vault"],
  ["system"],
  ["core"],
];

/** Beyond the ranks: whoever works for a person goes through the client. `types`: the client's own types are derived from the operations. */
const borders: Readonly<Record<string, Readonly<Record<string, "never" | "types">>>> = {
  main: { operations: "never", store: "never", vault: "never" },
  cli: { operations: "never", store: "never", vault: "never" },
  engine: { operations: "never", store: "never", vault: "never" },
  rehearsal: { operations: "never", store: "never", vault: "never" },
  tui: { operations: "never", store: "never", vault: "never" },
  server: { client: "never" },
  client: { operations: "types", store: "never", vault: "never" },
};

/** What may not be written, except in these places, and why. */
const bans: readonly {
  what: RegExp;
  in: "code" | "texts" | "imports" | "comments";
  except: RegExp;
  why: string;
}[] = [
  {
    what: /\b(?:SELECT\s[\s\S]*\sFROM|INSERT INTO|DELETE FROM|UPDATE \w+ SET|CREATE (?:TABLE|INDEX)|PRAGMA \w)/,
    in: "texts",
    except: /^src\/store\//,
    why: "SQL stands in the store",
  },
  {
    what: /^bun:(?:sqlite|sql)$/,
    in: "imports",
    except: /^src\/store\//,
    why: "only the store opens a database",
  },
  {
    what: /\bBun\.spawn|\bBun\.\$|\bprocess\.kill\b|\.kill\(/,
    in: "code",
    except:
      /^src\/(?:engine\/|client\/daemon\/(?:spawn|ending)\.ts$|server\/threads\/watchdog-thread\.ts$|system\/)/,
    why: "processes are started and signalled by the engine, and at the daemon's start; a daemon that hangs ends itself; the system is asked of them",
  },
  {
    what: /^(?:node:)?child_process$/,
    in: "imports",
    except: /^src\/engine\//,
    why: "processes are started by the engine",
  },
  { what: /\bprocess\.exit\(/, in: "code", except: /^src\/main\.ts$/, why: "only main ends the process" },
  {
    what: /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b|\bBun\.nanoseconds\b/,
    in: "code",
    except: /^src\/(?:server|client|engine|cli)\//,
    why: "time comes in at the edges, and is a parameter from there",
  },
  {
    what: /\bDate\.now\b/,
    in: "code",
    except:
      /^src\/(?:server\/clock|cli\/(?:board\/watching|reclaim|runs|show|status|tasks|tree|run\/ending|run\/show|top\/dashboard))\.ts$/,
    why: "the wall clock, which people set, is for what is shown; deadlines run on one that never steps",
  },
  {
    what: /^node:(?:crypto|http|https|net|tls)$/,
    in: "imports",
    except: /^src\/(?:server|engine|vault)\//,
    why: "loading it takes longer than all else of a command",
  },
  {
    what: /\bfetch\(/,
    in: "code",
    except: /^src\/client\/connection\/encrypted\.ts$/,
    why: "there is one way to a daemon, and it knows proxies",
  },
  { what: /\bMath\.random\b/, in: "code", except: /^$/, why: "chance that matters is cryptographic" },
  {
    what: /\beval\(|\bnew Function\(/,
    in: "code",
    except: /^$/,
    why: "nothing that was written by others is run",
  },
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
  { what: /\bTODO\b|\bFIXME\b|\bXXX\b/, in: "comments", except: /^$/, why: "what is left to do is an issue" },
  { what: /@ts-(?:ignore|nocheck|expect-error)/, in: "comments", except: /^$/, why: "the compiler is right" },
];

const sources = sourcesIn("src");
const tests = sourcesIn("test");
const scripts = sourcesIn("scripts");

/** The folder of src that a file belongs to; main.ts is a folder of its own. */
function folderOf(path: string): string {
  return /^src\/([^/.]+)/.exec(path)?.[1] ?? "";
}

function rankOf(folder: string): number {
  return ranks.findIndex((row) => row.includes(folder));
}

/** Why a file may not import another; null when it may. */
function wrongImport({ path }: Source, from: string, typeOnly: boolean): string | null {
  if (!from.startsWith(".")) return null;
  const target = posix.join(posix.dirname(path), from);
  if (target === "package.json")
    return path === "src/core/version.ts" ? null : "the version is core's to read";
  if (!target.endsWith(".ts")) return "the path of an import ends in .ts";
  if (!target.startsWith("src/")) return "src stands alone";
  const [here, there] = [folderOf(path), folderOf(target)];
  if (here === there) return null;
  if (rankOf(there) <= rankOf(here)) return `${here} is not above ${there}`;
  const border = borders[here]?.[there];
  if (border === "never") return `${here} never imports ${there}`;
  return border === "types" && !typeOnly ? `${here} imports types of ${there} only` : null;
}

function saidIn(source: Source, where: "code" | "texts" | "imports" | "comments"): string[] {
  if (where === "code") return [source.code];
  return where === "imports" ? source.imports.map(({ from }) => from) : source[where];
}

describe("the code", () => {
  test("has every folder in the table of ranks", () => {
    const folders = new Set(sources.map(({ path }) => folderOf(path)));
    expect([...folders].filter((folder) => rankOf(folder) === -1)).toEqual([]);
    expect(sources.length).toBeGreaterThan(80);
  });

  test("imports down the ranks only, types too", () => {
    const wrong = sources.flatMap((source) =>
      source.imports.flatMap(({ from, typeOnly }) => {
        const why = wrongImport(source, from, typeOnly);
        return why === null ? [] : [`${source.path} imports ${from}: ${why}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  test("of core is pure: it imports nothing that reads, writes or listens", () => {
    const wrong = sources
      .filter(({ path }) => path.startsWith("src/core/"))
      .flatMap(({ path, imports, code }) => [
        ...imports
          .filter(({ from }) => /^(?:node:|bun)/.test(from))
          .map(({ from }) => `${path} imports ${from}`),
        ...(/\bBun\./.test(code) ? [`${path} uses Bun`] : []),
      ]);
    expect(wrong).toEqual([]);
  });

  test.each(bans)("holds to it: $why", ({ what, in: where, except, why }) => {
    const found = sources.flatMap((source) =>
      except.test(source.path)
        ? []
        : saidIn(source, where).flatMap((said) => {
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

test("a file is a room: 400 lines at the most", () => {
  const long = [...sources, ...tests, ...scripts].filter(({ lines }) => lines > 400);
  expect(long.map(({ path, lines }) => `${path} has ${lines} lines`)).toEqual([]);
});

test("a function fits on a screen, nothing is exported by default, and no type is quieted", async () => {
  // describe blocks are no functions, so the lengths are those of the program and its scripts
  expect(await linted(["src", "scripts"], { "max-lines-per-function": ["error", { max: 70 }] })).toEqual([]);
  expect(
    await linted(["src", "test", "scripts"], {
      "typescript/no-explicit-any": "error",
      "typescript/no-non-null-assertion": "error",
      "import/no-default-export": "error",
    }),
  ).toEqual([]);
});

/** What oxlint says of these folders under these rules alone, a line a finding. */
async function linted(folders: readonly string[], rules: Record<string, unknown>): Promise<string[]> {
  const config = join(temporaryDirectory("tidy"), "oxlintrc.json");
  const plugins = ["typescript", "import"];
  await Bun.write(config, JSON.stringify({ plugins, categories: { correctness: "off" }, rules }));
  const oxlint = join(root, "node_modules/.bin/oxlint");
  const child = Bun.spawn([process.execPath, oxlint, "-c", config, "--format", "unix", ...folders], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const said = await child.stdout.text();
  await child.exited;
  return said.split("\n").filter((line) => /^\S+:\d+:\d+:/.test(line));
}
