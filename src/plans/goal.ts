/** A goal without marks of emphasis and code, and with the words of its links alone. */
export function bareGoal(markdown: string): string {
  return markdown.replace(/\*\*|__|`/g, "").replace(/\[([^\]]*)\]\([^)]*\)/g, "$1");
}
