import { existsSync, realpathSync } from "node:fs";
import type { Environment } from "../../core/environment.ts";
import { agentRules } from "./block.ts";
import { clients as allClients, editOf, type Client } from "./clients.ts";
import type { Edit } from "./edit.ts";
import { blockEdit, importEdit } from "./edit-markdown.ts";
import { standingOf } from "./linked.ts";
import { absolute, type Place } from "./rooted-files.ts";
import { coordProtocol, inPlaceOf } from "./predecessor.ts";

/** A file that init is about, and how it is edited. */
export interface Target {
  readonly place: Place;
  /** As a person is told of it: relative to the project, or under the home directory as ~/…. */
  readonly shown: string;
  readonly title: string;
  readonly scope: "project" | "user";
  readonly edit: Edit;
  /** It serves every client, and goes when the last one does. */
  readonly isShared?: true;
}

export interface World {
  /** The project's folder, without links. */
  readonly root: string;
  readonly home: string;
  readonly variables: Environment;
}

/** What is wished for. mcp: the clients' server lists; agents: what agents read (AGENTS.md and what leads to it). */
export interface Wish {
  readonly clients: readonly Client[];
  readonly mcp: boolean;
  readonly agents: boolean;
}

/** Everything that the wish is about, the clients' files first. */
export function targetsOf(world: World, wish: Wish): Target[] {
  const targets = wish.clients.flatMap((client) => {
    const edit = editOf(client, wish);
    return edit === undefined ? [] : [targetOf(world, client, edit)];
  });
  return wish.agents
    ? [
        ...targets,
        ...rulesOf(
          world,
          wish.clients.some(({ id }) => id === "claude"),
        ),
      ]
    : targets;
}

/** What agents read. Where AGENTS.md and CLAUDE.md are one file, by whatever links, the block in it is enough. */
function rulesOf(world: World, withClaude: boolean): Target[] {
  const agents = standingOf(world.root, "AGENTS.md");
  const claude = standingOf(world.root, "CLAUDE.md");
  const block = {
    title: "every agent",
    edit: inPlaceOf(coordProtocol, blockEdit(agentRules)),
    isShared: true,
  } as const;
  const rules: Target[] = [{ ...inProject(world, agents.path), ...block }];
  if (!withClaude || agents.real === claude.real) return rules;
  const edit = inPlaceOf(coordProtocol, importEdit("@AGENTS.md"));
  return [...rules, { ...inProject(world, claude.path), title: "Claude Code", edit }];
}

/** All files in a project that any init may have touched, each by every name that it can have. */
export function possibleTargets(world: World, wish: Omit<Wish, "clients">): Target[] {
  const clients = allClients
    .filter(({ scope }) => scope === "project")
    .flatMap((client) => client.files.map((file): Client => ({ ...client, files: [file] })));
  return targetsOf(world, { ...wish, clients });
}

function targetOf(world: World, client: Client, edit: Edit): Target {
  const moved = client.moved === undefined ? undefined : world.variables[client.moved.variable];
  if (client.moved !== undefined && moved !== undefined && moved !== "" && existsSync(moved)) {
    const place = { root: realpathSync(moved), path: client.moved.file };
    return { place, shown: absolute(place), title: client.title, scope: "user", edit };
  }
  const root = client.scope === "user" ? realpathSync(world.home) : world.root;
  const path = client.files.find((file) => existsSync(absolute({ root, path: file }))) ?? client.files[0];
  const shown = client.scope === "user" ? `~/${path}` : path;
  return { place: { root, path }, shown, title: client.title, scope: client.scope, edit };
}

function inProject({ root }: World, path: string): Pick<Target, "place" | "shown" | "scope"> {
  return { place: { root, path }, shown: path, scope: "project" };
}
