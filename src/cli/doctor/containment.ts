import { findingsOf, type Finding } from "./finding.ts";

const { none } = findingsOf("installed");

/**
 * What is weaker here than on Linux in how cord run holds its agents. It is said here, where a person asks, and not at each run: nothing
 * of it can be changed. Empty on Linux.
 */
export function containmentFinding(platform: NodeJS.Platform = process.platform): Finding[] {
  const weaker = weakerOn[platform];
  return weaker === undefined ? [] : [none("cord run", `${weaker}; see docs/platforms.md`)];
}

const weakerOn: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  darwin: "agents end with their run; one that leaves its group and hides its environment can escape",
  win32: "agents end with their run, by a job; they are asked to end by Ctrl-C, and checks run in cmd.exe",
};
