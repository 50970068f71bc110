import { existsSync, realpathSync } from "node:fs";
import type { Environment } from "../../core/environment.ts";
import { agentRules } from "./block.ts";
import { clients as allClients, editOf, type Client } from "./clients.ts";
import type { Edit } from "./edit.ts";
import { blockEdit, importEdit } from "./edit-markdown.ts";
import { standingOf } from "./linked.ts";
import { absolute, type RootedPath } from "./rooted-files.ts";
import { coordProtocol, inPlaceOf } from "./predecessor.ts";

/** A file that init is about, and how it is edited. */
export interface Target {
  readonly file: RootedPath;
  /** As a person is told of it: relative to the project, or under the home directory as ~/…. */
  readonly shown: string;
  readonly title: string;
  readonly scope: "project" | "user";
  readonly edit: Edit;
  /** It serves every client, and goes when the last one does. */
  readonly isShared?: true;
}

export interface InitContext {
  /** The project's folder, without links. */
  readonly root: string;
  readonly home: string;
  readonly variables: Environment;
}

/** What is wished for. mcp: the clients' server lists; agents: what agents read (AGENTS.md and what leads to it). */
interface Wish {
  readonly clients: readonly Client[];
  readonly mcp: boolean;
  readonly agents: boolean;
}

/** Everything that the wish is about, the clients' files first. */
export function targetsOf(context: InitContext, wish: Wish): Target[] {
  const targets = wish.clients.flatMap((client) => {
    const edit = editOf(client, wish);
    return edit === undefined ? [] : [targetOf(context, client, edit)];
  });
  return wish.agents ? [...targets, ...rulesOf(context, wish.clients)] : targets;
}

/** What agents read. Where AGENTS.md and a client's own file are one, by whatever links, the block in it is enough. */
function rulesOf(context: InitContext, clients: readonly Client[]): Target[] {
  const agents = standingOf(context.root, "AGENTS.md");
  const block = {
    title: "every agent",
    edit: inPlaceOf(coordProtocol, blockEdit(agentRules)),
    isShared: true,
  } as const;
  const edit = inPlaceOf(coordProtocol, importEdit("@AGENTS.md"));
  const imports = clients.flatMap(({ rules, title }): Target[] => {
    if (rules === undefined) return [];
    const own = standingOf(context.root, rules);
    return own.real === agents.real ? [] : [{ ...inProject(context, own.path), title, edit }];
  });
  return [{ ...inProject(context, agents.path), ...block }, ...imports];
}

/** All files in a project that any init may have touched, each by every name that it can have. */
export function possibleTargets(context: InitContext, wish: Omit<Wish, "clients">): Target[] {
  const clients = allClients
    .filter(({ scope }) => scope === "project")
    .flatMap((client) => client.files.map((file): Client => ({ ...client, files: [file] })));
  return targetsOf(context, { ...wish, clients });
}

function targetOf(context: InitContext, client: Client, edit: Edit): Target {
  const moved = client.moved === undefined ? undefined : context.variables[client.moved.variable];
  if (client.moved !== undefined && moved !== undefined && moved !== "" && existsSync(moved)) {
    const file = { root: realpathSync(moved), path: client.moved.file };
    return { file, shown: absolute(file), title: client.title, scope: "user", edit };
  }
  const root = client.scope === "user" ? realpathSync(context.home) : context.root;
  const path = client.files.find((file) => existsSync(absolute({ root, path: file }))) ?? client.files[0];
  const shown = client.scope === "user" ? `~/${path}` : path;
  return { file: { root, path }, shown, title: client.title, scope: client.scope, edit };
}

function inProject({ root }: InitContext, path: string): Pick<Target, "file" | "shown" | "scope"> {
  return { file: { root, path }, shown: path, scope: "project" };
}
