import { operations } from "../../operations/list.ts";
import type { Services } from "../../operations/context.ts";
import { unending } from "../../operations/unending.ts";
import type { Caller } from "../../core/tree.ts";
import { nodeNamePattern } from "../../core/words.ts";
import { nullIfNone } from "./board-resources.ts";
import type { Catalogue } from "./features.ts";
import type { ResourceTemplate } from "./protocol.ts";
import { fittingFields, fittingTree, jsonResource, mimeType } from "./resource-text.ts";
import { updatesOf } from "./resource-updates.ts";
import { resourceNamed, uriOf } from "./resource-uri.ts";

type Resources = Pick<Catalogue, "resources" | "resourceTemplates" | "readResource" | "watch">;

/** What an agent of a run can read beside calling tools: its run, and each node of that. */
export function runResources(services: Services, caller: Caller & { kind: "node" }): Resources {
  const { runId } = caller;
  const readTree = async (signal: AbortSignal) => {
    const tree = await operations["nodes/tree"].perform(services, caller, {}, signal);
    return fittingTree(operations["nodes/tree"].output.parse(tree), restOfTree);
  };
  const readNode = async (id: string, signal: AbortSignal) => {
    if (!nodeNamePattern.test(id)) return null;
    const node = await operations["nodes/read"]
      .perform(services, caller, { node_id: id }, signal)
      .catch(nullIfNone);
    return node === null ? null : fittingFields(operations["nodes/read"].output.parse(node), restOfNode);
  };
  const contents = async (uri: string, signal: AbortSignal) => {
    const name = resourceNamed(uri);
    if (name?.kind === "run" && name.id === runId) return readTree(signal);
    return name?.kind === "task" ? readNode(name.id, signal) : null;
  };
  return {
    resources: () => [
      {
        uri: uriOf("runs", runId),
        name: "run",
        title: "This run",
        description: "The run as a tree of nodes. Long texts are cut.",
        mimeType,
      },
    ],
    resourceTemplates: () => templates,
    async readResource(uri, signal) {
      const found = await contents(uri, signal);
      return found && jsonResource(uri, found);
    },
    /** A node's events are its run's: an agent knows nodes by their numbers, and events have no number as their key. */
    async watch(uri, onUpdated) {
      const found = await contents(uri, unending);
      return found && updatesOf(services.bus).watch({ kind: "run", id: runId }, onUpdated);
    },
  };
}

const restOfTree = "The deepest nodes are left out: read_node shows one.";
const restOfNode = "read_node has whole what is named in cut.";

const templates: readonly ResourceTemplate[] = [
  {
    uriTemplate: "cord://tasks/{id}",
    name: "node",
    title: "One node",
    description: "A node of this run whole, by its number.",
    mimeType,
  },
];
