/** What the URI of a resource of cord names. */
export type ResourceName =
  | { kind: ResourceList }
  /** the id as whoever wrote the URI writes it: see findTask and getRun */
  | { kind: "task" | "run"; id: string };

export type ResourceList = "tasks" | "agents" | "runs";

/** Null: it is no resource's. A slash at the end, which some libraries add, means nothing. */
export function resourceNamed(uri: string): ResourceName | null {
  if (uri.length > maxUriLength) return null;
  const [, list, written] = /^cord:\/\/(tasks|agents|runs)(?:\/([^/?#]+))?\/?$/.exec(uri) ?? [];
  if (list !== "tasks" && list !== "agents" && list !== "runs") return null;
  if (written === undefined) return { kind: list };
  const id = decoded(written);
  if (id === null || id.length > maxIdLength || list === "agents") return null;
  return { kind: list === "tasks" ? "task" : "run", id };
}

export function uriOf(list: "tasks" | "runs", id: string): string {
  return `cord://${list}/${encodeURIComponent(id)}`;
}

/** In characters. */
export const maxUriLength = 512;
const maxIdLength = 64;

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
