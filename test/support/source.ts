import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A file of the code, read for its style: what is code in it, what is text, what is said beside it. */
export interface Source {
  /** from the root, with forward slashes */
  path: string;
  lines: number;
  /** the code, with texts and comments left out */
  code: string;
  /** what stands between quotes */
  texts: string[];
  comments: string[];
  imports: Import[];
}

export interface Import {
  from: string;
  /** `import("…")`: what it names is loaded when the call is reached */
  isLazy: boolean;
  /** `import type`: nothing is loaded for it */
  isOfTypes: boolean;
}

export const root: string = join(import.meta.dir, "../..");

/** TypeScript files under a folder of the root, not those of packages. */
export function sourcesIn(folder: string): Source[] {
  const paths = [...new Bun.Glob("**/*.ts").scanSync({ cwd: join(root, folder) })];
  return paths
    .filter((path) => !path.includes("node_modules"))
    .map((path) => readSource(`${folder}/${path.replaceAll("\\", "/")}`));
}

function readSource(path: string): Source {
  const text = readFileSync(join(root, path), "utf8");
  const source: Source = {
    path,
    lines: text.split("\n").length - 1,
    code: "",
    texts: [],
    comments: [],
    imports: [],
  };
  for (const part of parts(text)) {
    if (part.kind === "code") source.code += part.text;
    else {
      (part.kind === "text" ? source.texts : source.comments).push(part.text);
      source.code += part.kind === "text" ? '""' : " ";
    }
  }
  for (const match of text.matchAll(importPattern)) {
    const from = match[2] ?? match[3] ?? "";
    source.imports.push({ from, isLazy: match[3] !== undefined, isOfTypes: match[1] !== undefined });
  }
  return source;
}

/** `import type … from "x"`, `import … from "x"`, `export … from "x"`, `import "x"`, and `import("x")`. */
const importPattern = /^(?:import|export)\s+(type\s)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"|\bimport\("([^"]+)"\)/gm;

interface Part {
  kind: "code" | "text" | "comment";
  text: string;
}

/**
 * One after the other: line comments, block comments, texts in plain quotes, pieces of a template, and regular
 * expressions, which are told from divisions by what stands before them. What a template's braces hold is code.
 */
const pattern =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`|(?<=(?:^|[=(,:;!&|?{}[\n]|return|=>)\s*)\/(?![/*])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*|[{}]/g;

function parts(text: string): Part[] {
  const found: Part[] = [];
  /** the depth of braces at which each open template goes on */
  const templates: number[] = [];
  let depth = 0;
  let at = 0;
  const scan = new RegExp(pattern);
  const template = (from: number): number => {
    const end = /(?<!\\)(?:\\\\)*(?:`|\$\{)/g;
    end.lastIndex = from;
    const stop = end.exec(text);
    const to = stop ? stop.index + stop[0].length : text.length;
    found.push({ kind: "text", text: text.slice(from, to) });
    if (stop?.[0].endsWith("{")) templates.push(depth);
    return to;
  };
  for (let match = scan.exec(text); match; match = scan.exec(text)) {
    const [token] = match;
    found.push({ kind: "code", text: text.slice(at, match.index) });
    at = scan.lastIndex;
    if (token === "`") at = template(at);
    else if (token === "{") {
      depth += 1;
      found.push({ kind: "code", text: token });
    } else if (token === "}" && templates.at(-1) === depth) {
      templates.pop();
      at = template(at);
    } else if (token === "}") {
      depth -= 1;
      found.push({ kind: "code", text: token });
    } else if (token.startsWith("//") || token.startsWith("/*")) found.push({ kind: "comment", text: token });
    else found.push({ kind: "text", text: token });
    scan.lastIndex = at;
  }
  found.push({ kind: "code", text: text.slice(at) });
  return found;
}
