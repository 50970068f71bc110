import { existsSync, realpathSync } from "node:fs";
import type { Environment } from "../../core/environment.ts";
import { agentRules, earlierBlocks } from "./block.ts";
import { hookEdit, serverEdit } from "./client-edit.ts";
import { clients as allClients, type Client, type ClientId, type Hooks } from "./clients.ts";
import type { Edit } from "./edit.ts";
import { blockEdit, importEdit } from "./edit-markdown.ts";
import { standingOf } from "./linked.ts";
import type { InitRecord } from "./record.ts";
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
  /** What is `shown` of the file without which this one is of no use: hooks whose server is not there fail at every prompt. */
  readonly needs?: string;
}

export interface InitContext {
  /** The project's folder, without links. */
  readonly root: string;
  readonly home: string;
  readonly variables: Environment;
}

/**
 * What is wished for. mcp: the clients' server lists; agents: what agents read (AGENTS.md and what leads to it); hooks: those of the
 * clients, and of those that have a price only the priced ones. A hook asks the client's server, so it comes with that only.
 */
interface Wish {
  readonly clients: readonly Client[];
  readonly mcp: boolean;
  readonly agents: boolean;
  readonly hooks: boolean;
  readonly priced: readonly ClientId[];
}

/** Everything that the wish is about, the clients' files first. */
export function targetsOf(context: InitContext, wish: Wish): Target[] {
  const targets = wish.clients.flatMap((client) => {
    const hooks = wantedHooks(client, wish);
    const server = serverEdit(client, { ...wish, hooks: hooks !== undefined });
    if (server === undefined) return [];
    const target = targetOf(context, client, client, server);
    const hook = hooks && hookEdit(client, hooks);
    if (hook === undefined || hooks === undefined) return [target];
    const title = `${client.title}, its hooks`;
    const files = { files: [hooks.file], moved: hooks.moved } as const;
    return [target, { ...targetOf(context, client, files, hook), title, needs: target.shown }];
  });
  return wish.agents ? [...targets, ...rulesOf(context, wish.clients)] : targets;
}

/** The hooks of the client that are wished for. */
function wantedHooks({ id, hooks }: Client, wish: Wish): Hooks | undefined {
  if (!wish.hooks || !wish.mcp || hooks === undefined) return undefined;
  return hooks.price === undefined || wish.priced.includes(id) ? hooks : undefined;
}

/** The clients whose hooks have a price, and are in the project by the record of its init. */
export function pricedIn(record: InitRecord | undefined): ClientId[] {
  return allClients
    .filter(({ hooks }) => hooks?.price !== undefined && record?.files[hooks.file] !== undefined)
    .map(({ id }) => id);
}

/** What agents read. Where AGENTS.md and a client's own file are one, by whatever links, the block in it is enough. */
function rulesOf(context: InitContext, clients: readonly Client[]): Target[] {
  const agents = standingOf(context.root, "AGENTS.md");
  const block = {
    title: "every agent",
    edit: inPlaceOf(coordProtocol, blockEdit(agentRules, earlierBlocks)),
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
export function possibleTargets(
  context: InitContext,
  wish: Pick<Wish, "mcp" | "agents" | "hooks">,
): Target[] {
  const clients = allClients
    .filter(({ scope }) => scope === "project")
    .flatMap((client) => client.files.map((file): Client => ({ ...client, files: [file] })));
  const targets = targetsOf(context, { ...wish, clients, priced: clients.map(({ id }) => id) });
  return targets.filter(({ shown }, index) => targets.findIndex((one) => one.shown === shown) === index);
}

/** The first of the files that is there, or else the first. */
function targetOf(
  context: InitContext,
  { scope, title }: Client,
  { files, moved }: { files: Client["files"]; moved?: Client["moved"] | undefined },
  edit: Edit,
): Target {
  const folder = moved === undefined ? undefined : context.variables[moved.variable];
  if (moved !== undefined && folder !== undefined && folder !== "" && existsSync(folder)) {
    const file = { root: realpathSync(folder), path: moved.file };
    return { file, shown: absolute(file), title, scope: "user", edit };
  }
  const root = scope === "user" ? realpathSync(context.home) : context.root;
  const path = files.find((file) => existsSync(absolute({ root, path: file }))) ?? files[0];
  return { file: { root, path }, shown: scope === "user" ? `~/${path}` : path, title, scope, edit };
}

function inProject({ root }: InitContext, path: string): Pick<Target, "file" | "shown" | "scope"> {
  return { file: { root, path }, shown: path, scope: "project" };
}
