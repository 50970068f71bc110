import { dirname, join } from "node:path";
import { Language, Parser, type Node } from "@vscode/tree-sitter-wasm";

const folder = dirname(Bun.resolveSync("@vscode/tree-sitter-wasm", import.meta.dir));

/** The syntax tree of a text in a language whose programs need not be on this machine. */
export async function parsed(language: "bash" | "powershell" | "ruby", text: string): Promise<Node> {
  await Parser.init({ locateFile: (name: string) => join(folder, name) });
  const parser = new Parser();
  parser.setLanguage(await Language.load(join(folder, `tree-sitter-${language}.wasm`)));
  const tree = parser.parse(text);
  if (tree === null) throw new Error(`No ${language} was parsed.`);
  return tree.rootNode;
}

/** What does not fit the language's grammar, each as its line and text; none in a text that is right. */
export function faultsIn(node: Node): string[] {
  if (!node.hasError) return [];
  const below = node.children.flatMap((child) => (child ? faultsIn(child) : []));
  const own = node.isError || node.isMissing ? [`${node.startPosition.row + 1}: ${node.text}`] : [];
  return [...own, ...below];
}

/** All nodes of a kind, in the order of the text. */
export function nodesOf(node: Node, kind: string): Node[] {
  return node.descendantsOfType(kind).filter((found) => found !== null);
}
