import { refuseModel } from "../core/agents.ts";
import { toolPattern } from "../core/allowed-tools.ts";
import { durationOf, secondsIn } from "../core/duration.ts";
import { limits, nodeBounds, planBounds } from "../core/limits.ts";
import { nodeResolutions, nodeShapes, returnTypes } from "../core/words.ts";
import type { Attributes } from "./plan.ts";

/** One attribute: its value from its text, or a sentence that says what it must be; and its text from its value. */
interface Attribute {
  read: (text: string, into: Attributes) => string | null;
  write: (from: Attributes) => string | undefined;
}

/** All that the braces may say, in the order in which they are printed. */
export const attributes: Readonly<Record<string, Attribute>> = {
  needs: {
    read: (text, into) => {
      const labels = text.split(/[\s,]+/).filter((part) => part !== "");
      if (labels.length === 0 || labels.length > limits.needs || !labels.every(isReference))
        return `It must name at most ${limits.needs} nodes, such as "#2 #prices".`;
      into.needs = [...new Set(labels.map(bare))];
      return null;
    },
    write: ({ needs }) => needs?.map((label) => `#${label}`).join(" "),
  },
  model: {
    read: (text, into) => {
      if (text.length > limits.modelLength)
        return `It must be at most ${limits.modelLength} characters long.`;
      try {
        refuseModel(text);
      } catch {
        return "It must be haiku, sonnet, opus, or a full name such as claude-sonnet-4-5.";
      }
      into.model = text;
      return null;
    },
    write: ({ model }) => model,
  },
  agent: words(limits.wordLength, "agent"),
  returns: {
    read: (text, into) => {
      const type = returnTypes.find((one) => one === text);
      if (type === undefined) return oneOf(returnTypes);
      into.returns = type;
      return null;
    },
    write: ({ returns }) => returns,
  },
  check: words(nodeBounds.commandLength, "check"),
  type: {
    read: (text, into) => {
      const type = nodeShapes.find((one) => one === text);
      if (type === undefined) return oneOf(nodeShapes);
      into.type = type;
      return null;
    },
    write: ({ type }) => type,
  },
  for_each: {
    read: (text, into) => {
      if (!isReference(text)) return 'It must name one node that returns a list, such as "#files".';
      into.for_each = bare(text);
      return null;
    },
    write: ({ for_each: label }) => (label === undefined ? undefined : `#${label}`),
  },
  limit: number("limit", 1, nodeBounds.items.max),
  resolve: {
    read: (text, into) => {
      const resolve = nodeResolutions.find((one) => one === text);
      if (resolve === undefined) return oneOf(nodeResolutions);
      into.resolve = resolve;
      return null;
    },
    write: ({ resolve }) => resolve,
  },
  retries: number("retries", 0, nodeBounds.retries.max),
  timeout: {
    read: (text, into) => {
      const seconds = secondsIn(text);
      if (seconds === null || !Number.isInteger(seconds) || seconds > nodeBounds.timeoutSeconds.max)
        return `It must be a duration such as 90s, 30m or 2h, of at most ${durationOf(nodeBounds.timeoutSeconds.max)}.`;
      into.timeout_seconds = seconds;
      return null;
    },
    write: ({ timeout_seconds: seconds }) => (seconds === undefined ? undefined : durationOf(seconds)),
  },
  cwd: words(limits.pathLength, "cwd"),
  tools: {
    read: (text, into) => {
      const tools = text
        .split(",")
        .map((tool) => tool.trim())
        .filter((tool) => tool !== "");
      if (tools.length > nodeBounds.allowedTools || !tools.every((tool) => toolPattern.test(tool)))
        return `It must name at most ${nodeBounds.allowedTools} tools, with commas between them, such as "Read,Edit"; none are cord's own alone.`;
      into.allowed_tools = tools;
      return null;
    },
    write: ({ allowed_tools: tools }) => tools?.join(","),
  },
  rehearse: words(limits.goalLength, "rehearse"),
};

function words(max: number, name: "agent" | "check" | "cwd" | "rehearse"): Attribute {
  return {
    read: (text, into) => {
      if (text.trim() === "" || text.length > max) return `It must have 1 to ${max} characters.`;
      into[name] = text;
      return null;
    },
    write: (from) => from[name],
  };
}

function number(name: "limit" | "retries", min: number, max: number): Attribute {
  return {
    read: (text, into) => {
      const value = /^\d{1,9}$/.test(text) ? Number(text) : -1;
      if (value < min || value > max) return `It must be a whole number from ${min} to ${max}.`;
      into[name] = value;
      return null;
    },
    write: (from) => from[name]?.toString(),
  };
}

function oneOf(known: readonly string[]): string {
  return `It must be one of: ${known.join(", ")}.`;
}

function isReference(text: string): boolean {
  return isLabel(bare(text));
}

function bare(text: string): string {
  return text.replace(/^#/, "");
}

export function isLabel(text: string): boolean {
  return text.length <= planBounds.labelLength && /^[A-Za-z\d][\w-]*$/.test(text);
}
