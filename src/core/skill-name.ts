import { limits } from "./limits.ts";

/** How skills and their inputs are named: a skill's name is that of its file, so that nothing but a file's name is one. */
export function isSkillName(name: string): boolean {
  return name.length <= limits.wordLength && /^[a-z][a-z\d]*(?:[-_][a-z\d]+)*$/.test(name);
}
