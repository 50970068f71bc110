import { createScanner, parseTree, printParseErrorCode } from "jsonc-parser";
import type { Node, ParseError } from "jsonc-parser";
import { CordError } from "../../core/error.ts";
import { eolOf, indentAt, lineAndColumn, unitOf } from "./text-lines.ts";

/**
 * Edits JSON with comments and changes only the given property. jsonc-parser finds the positions. Its own modify() is
 * not used: it reformats neighbours, moves a comment behind the last property to another one, and drops comments when
 * it removes.
 */

/** The root object of the text. Refused, with the position, when the text does not parse or is not an object. */
export function rootObject(text: string): Node {
  const problems: ParseError[] = [];
  const root = parseTree(text, problems, { allowTrailingComma: true });
  const problem = problems[0];
  if (problem !== undefined || root === undefined) {
    const { line, column } = lineAndColumn(text, problem?.offset ?? 0);
    const words = problem === undefined ? "no value" : spoken(printParseErrorCode(problem.error));
    throw new CordError("invalid", `it is not valid JSON (line ${line}, column ${column}: ${words})`);
  }
  if (root.type !== "object") throw new CordError("invalid", `it holds ${article(root.type)}, not an object`);
  return root;
}

/** The object at the path, or undefined where it is absent. Refused when something else stands there. */
export function objectAt(text: string, root: Node, path: readonly string[]): Node | undefined {
  let node: Node = root;
  for (const [depth, key] of path.entries()) {
    const value = propertyOf(node, key)?.children?.[1];
    if (value === undefined) return undefined;
    if (value.type !== "object") {
      const { line } = lineAndColumn(text, value.offset);
      const name = path.slice(0, depth + 1).join(".");
      throw new CordError("invalid", `its "${name}" (line ${line}) is ${article(value.type)}, not an object`);
    }
    node = value;
  }
  return node;
}

/** The property with this key; of several, the last, since that is the one every reader takes. */
export function propertyOf(object: Node, key: string): Node | undefined {
  return object.children?.findLast((property) => property.children?.[0]?.value === key);
}

/** The text with the property set: its value replaced where it is there, else added behind the last one. */
export function setProperty(text: string, object: Node, key: string, value: unknown): string {
  const present = propertyOf(object, key)?.children?.[1];
  if (present === undefined) return addChild(text, object, JSON.stringify(key), value);
  const written = isOneLine(text, object)
    ? inline(value)
    : block(value, text, indentAt(text, present.offset));
  return splice(text, present.offset, end(present), written);
}

/** The text with the value added at the end of the list. */
export function addItem(text: string, list: Node, value: unknown): string {
  return addChild(text, list, undefined, value);
}

function addChild(text: string, container: Node, key: string | undefined, value: unknown): string {
  const last = container.children?.at(-1);
  const close = end(container) - 1;
  const eol = eolOf(text);
  const outer = indentAt(text, container.offset);
  const label = (gap: string) => (key === undefined ? "" : `${key}:${gap}`);
  if (last === undefined) {
    const at = container.offset + 1 + text.slice(container.offset + 1, close).trimEnd().length;
    const indent = outer + unitOf(text);
    return splice(text, at, close, eol + indent + label(" ") + block(value, text, indent) + eol + outer);
  }
  const tail = tailOf(text, end(last));
  if (isOneLine(text, container)) {
    const gap = /\s/.test(text.slice(container.offset, end(container))) ? " " : "";
    const child = gap + label(gap) + inline(value);
    return tail.comma === undefined
      ? splice(text, end(last), end(last), `,${child}`)
      : splice(text, tail.comma + 1, tail.comma + 1, child);
  }
  const indent = startsItsLine(text, last.offset) ? indentAt(text, last.offset) : outer + unitOf(text);
  const child = eol + indent + label(" ") + block(value, text, indent);
  const added = splice(text, tail.end, tail.end, tail.comma === undefined ? child : `${child},`);
  return tail.comma === undefined ? splice(added, end(last), end(last), ",") : added;
}

/** The text without this property or item; comments around it stay. What is left without anything becomes `{}` or `[]`. */
export function removeChild(text: string, container: Node, child: Node): string {
  const children = container.children ?? [];
  const previous = children[children.indexOf(child) - 1];
  const comma = tailOf(text, end(child)).comma;
  const until = comma === undefined ? end(child) : comma + 1;
  const ownLines = startsItsLine(text, child.offset) && /^[ \t]*(?:\r?\n|$)/.test(text.slice(until));
  const from = ownLines ? text.lastIndexOf("\n", child.offset) + 1 : child.offset;
  const rest = text.slice(until).replace(ownLines ? /^[ \t]*(?:\r?\n)?/ : /^[ \t]+/, "");
  let head = text.slice(0, from);
  const dangling =
    previous === undefined || comma !== undefined ? undefined : tailOf(text, end(previous)).comma;
  if (dangling !== undefined) {
    head = splice(head, dangling, dangling + 1, "");
    if (!ownLines) return head.trimEnd() + text.slice(until);
  }
  return children.length > 1 ? head + rest : collapse(head, rest, container.offset);
}

function collapse(head: string, rest: string, open: number): string {
  const close = rest.search(/[}\]]/);
  const inside = head.slice(open + 1) + rest.slice(0, close);
  return inside.trim() === "" ? head.slice(0, open + 1) + rest.slice(close) : head + rest;
}

/** What follows a property: the comma, if there is one, and the end of comments that begin on its line. */
function tailOf(text: string, from: number): { comma: number | undefined; end: number } {
  const scanner = createScanner(text, false);
  scanner.setPosition(from);
  let comma: number | undefined;
  let at = from;
  let sameLine = true;
  for (;;) {
    scanner.scan();
    const token = text.slice(scanner.getTokenOffset(), scanner.getPosition());
    if (token === "," && comma === undefined) {
      comma = scanner.getTokenOffset();
      if (sameLine) at = scanner.getPosition();
    } else if (token.startsWith("//") || token.startsWith("/*")) {
      if (sameLine) at = scanner.getPosition();
    } else if (token.trim() !== "" || token === "") {
      return { comma, end: Math.max(at, (comma ?? -1) + 1) };
    }
    if (token.includes("\n")) sameLine = false;
  }
}

function block(value: unknown, text: string, indent: string): string {
  return JSON.stringify(value, null, unitOf(text)).replaceAll("\n", eolOf(text) + indent);
}

function inline(value: unknown): string {
  return JSON.stringify(value);
}

function isOneLine(text: string, node: Node): boolean {
  return !text.slice(node.offset, end(node)).includes("\n");
}

function startsItsLine(text: string, offset: number): boolean {
  return text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset).trim() === "";
}

function end(node: Node): number {
  return node.offset + node.length;
}

function splice(text: string, from: number, until: number, put: string): string {
  return text.slice(0, from) + put + text.slice(until);
}

function spoken(code: string): string {
  return code.replace(/(?<!^)[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).toLowerCase();
}

function article(type: string): string {
  return type === "null" ? "null" : /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}
