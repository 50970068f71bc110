import { fileURLToPath } from "node:url";
import { isNowhere, whereabouts } from "../../client/project/project.ts";
import { realFolder } from "../../system/small-file.ts";
import { messageOf } from "../../core/error.ts";
import { isJsonObject } from "../../core/json.ts";

/** What a client's folders say of where it works. */
export interface Roots {
  /** null: none of them is a project */
  project: string | null;
  /** what its agent should know of the choice */
  notice: string | null;
}

/** As many folders as are looked at, and as long as the name of one may be. */
const maxRoots = 64;
const maxLetters = 4096;

/**
 * The project among the folders in a client's answer to roots/list: the first that is a repository or is named by a
 * config, else the first that is a folder. The home folder and the root of the disk never count. The answer may be
 * hostile.
 */
export function readRoots(result: unknown): Roots {
  const listed: unknown[] = isJsonObject(result) && Array.isArray(result["roots"]) ? result["roots"] : [];
  const folders = new Set(listed.slice(0, maxRoots).flatMap((root) => folderOf(root) ?? []));
  const problems: string[] = [];
  const places = [...folders].flatMap((folder) => {
    try {
      return [whereabouts(folder)];
    } catch (error) {
      problems.push(messageOf(error));
      return [];
    }
  });
  const certain = places.filter(({ kind }) => kind === "repository" || kind === "named");
  const [first] = certain.length > 0 ? certain : places;
  const projects = new Set(certain.map(({ project }) => project));
  const several = `${projects.size} of the client's folders are projects. This tab is in the first, ${JSON.stringify(first?.project)}.`;
  return {
    project: first?.project ?? null,
    notice: [...(projects.size > 1 ? [several] : []), ...problems.slice(0, 1)].join(" ") || null,
  };
}

/** Source: MCP, client features, roots: a root is a file:// URI. */
function folderOf(root: unknown): string | null {
  const uri = isJsonObject(root) ? root["uri"] : null;
  if (typeof uri !== "string" || uri.length > maxLetters || !URL.canParse(uri)) return null;
  const url = new URL(uri);
  if (url.protocol !== "file:") return null;
  try {
    // refuses a host, and a slash that is encoded
    const folder = realFolder(fileURLToPath(url));
    return folder === null || isNowhere(folder) ? null : folder;
  } catch {
    return null;
  }
}
