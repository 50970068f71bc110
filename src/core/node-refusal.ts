import { CordError } from "./error.ts";
import type { Action } from "./lifecycle.ts";
import { finalStates, nodeName, treeStatus, type State } from "./words.ts";

/** A node as its refusals name it. */
export interface NodeNamed {
  number: number;
  runId: string;
}

/** How a run is written for people: enough of its id to name it again. */
export function shortRun(runId: string): string {
  return runId.slice(0, 13);
}

/** What a node's state does not allow: an action of the lifecycle, a message to its agent, or a retry. */
type Refused = Action | "tell" | "retry";

/**
 * The refusal of what a node's state does not allow. People are told which run, with commands to paste; agents have
 * tools instead, and only one run.
 */
export function nodeRefusal(node: NodeNamed, state: State, refused: Refused): CordError {
  const is = state === "completed" && refused === "answer" ? "answered already" : treeStatus(state);
  const already = state === "paused" && refused === "pause" ? " already" : "";
  const { text, people = "", agents = "" } = whatNow(node, state, refused);
  const sentence = (name: string, more: string) => `${name} is ${is}${already}: ${text}.${more}`;
  return new CordError(
    "conflict",
    sentence(`${nodeName(node.number)} of run ${shortRun(node.runId)}`, people),
    { toAgents: sentence(nodeName(node.number), agents) },
  );
}

interface WhatNow {
  text: string;
  people?: string;
  agents?: string;
}

function whatNow({ number, runId }: NodeNamed, state: State, refused: Refused): WhatNow {
  const command = (name: string, rest = "") => `"cord ${name} ${number} --run ${shortRun(runId)}${rest}"`;
  const isOver = finalStates.includes(state);
  switch (refused) {
    case "pause":
      if (isOver) return { text: "there is nothing left to pause" };
      return {
        text: "it waits until it is resumed",
        people: ` ${command("resume")} lets it go on.`,
        agents: " resume() lets it go on.",
      };
    case "resume":
      return { text: isOver ? "there is nothing left to resume" : "only what is paused can be resumed" };
    case "replan":
      return {
        text: isOver
          ? "there is nothing left to plan"
          : "only a node whose plan waits for approval plans again",
        people: state === "paused" ? ` ${command("resume")} lets it go on first.` : "",
      };
    case "cancel":
      return { text: "there is nothing left to stop" };
    case "modify":
      if (isOver) return { text: "what it was to do can be changed no more" };
      return {
        text: "only what is pending or paused can be modified",
        people: ` Pause it first (${command("pause")})${state === "claimed" ? `, or tell its agent (${command("tell", " TEXT")})` : ""}.`,
        agents: " Pause it first.",
      };
    case "tell":
      if (isOver) return { text: "no agent works on it any more" };
      return {
        text: "no agent works on it now",
        people:
          state === "waiting" ? "" : ` ${command("modify", " --prompt TEXT")} changes what it is to do.`,
      };
    case "retry":
      return { text: "only what failed or was cancelled can be tried again" };
    case "answer":
      return {
        text: isOver ? "nobody waits for an answer to it any more" : "it can be answered once it is pending",
      };
    default:
      return { text: isOver ? "there is nothing left to do for it" : "nobody holds it" };
  }
}
