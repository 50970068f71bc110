import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { applyInit, applyRemove } from "../../src/cli/init/apply.ts";
import { clients, type Client, type ClientId } from "../../src/cli/init/clients.ts";
import { planInit, planRemove, type PlannedEdit } from "../../src/cli/init/plan.ts";
import { readRecord } from "../../src/cli/init/record.ts";
import { possibleTargets, targetsOf, type InitContext } from "../../src/cli/init/targets.ts";
import { temporaryDirectory } from "./machine/temporary.ts";
import { pathsBelow } from "./paths-below.ts";

/** A project in a folder whose name has a space in it, beside a home directory of its own. */
export interface Project {
  readonly world: InitContext;
  write(path: string, text: string): void;
  read(path: string): string;
  /** Every file below the project with its text. */
  files(): Record<string, string>;
  init(ids: readonly ClientId[], flags?: InitFlags): PlannedEdit[];
  remove(flags?: { force?: boolean; ids?: readonly ClientId[] }): PlannedEdit[];
}

interface InitFlags {
  force?: boolean;
  mcp?: boolean;
  agents?: boolean;
  hooks?: boolean;
  /** whose hooks are asked for by name */
  priced?: readonly ClientId[];
}

export function project(): Project {
  const folder = temporaryDirectory("init");
  const world: InitContext = { root: join(folder, "my project"), home: join(folder, "home"), variables: {} };
  mkdirSync(world.root);
  mkdirSync(world.home);
  return {
    world,
    write(path, text) {
      mkdirSync(dirname(join(world.root, path)), { recursive: true });
      writeFileSync(join(world.root, path), text);
    },
    read: (path) => readFileSync(join(world.root, path), "utf8"),
    files: () => filesBelow(world.root),
    init(ids, { force = false, mcp = true, agents = true, hooks = true, priced = [] } = {}) {
      const targets = targetsOf(world, { clients: named(ids), mcp, agents, hooks, priced });
      return applyInit(world.root, planInit(targets, force), ids);
    },
    remove({ force = false, ids = [] } = {}) {
      const wish = { mcp: true, agents: true, hooks: true, priced: ids };
      const targets =
        ids.length === 0 ? possibleTargets(world, wish) : targetsOf(world, { ...wish, clients: named(ids) });
      return applyRemove(world.root, planRemove(targets, readRecord(world.root), force), ids);
    },
  };
}

function named(ids: readonly ClientId[]): Client[] {
  return clients.filter(({ id }) => ids.includes(id));
}

export function filesBelow(root: string): Record<string, string> {
  if (!existsSync(root)) return {};
  const isFile = (path: string) => statSync(join(root, path)).isFile();
  return Object.fromEntries(
    pathsBelow(root)
      .filter(isFile)
      .map((path) => [path, readFileSync(join(root, path), "utf8")]),
  );
}

export function statuses(steps: readonly PlannedEdit[]): Record<string, string> {
  return Object.fromEntries(steps.map(({ target, status }) => [target.shown, status]));
}
