import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { CordError } from "../core/error.ts";

/**
 * What a refusal says, with the command's own flag or argument in the place of the parameter that it names: a person
 * knows --as, and not agentId.
 */
export function inFlags(command: CommandUnknownOpts | undefined, { message, data }: CordError): string {
  const { parameter } = data;
  if (typeof parameter !== "string" || !command) return message;
  return message.replace(parameter, () => flagFor(command, parameter));
}

function flagFor(command: CommandUnknownOpts, parameter: string): string {
  const flag =
    flags[parameter] ??
    `--${parameter.replace(/_/g, "-").replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  if (command.options.some(({ long }) => long === flag)) return flag;
  return command.registeredArguments.some((argument) => argument.name() === parameter)
    ? `<${parameter}>`
    : parameter;
}

/** Where the flag is another word. */
const flags: Readonly<Record<string, string>> = {
  agentId: "--as",
  leaseSeconds: "--lease",
  ackName: "--ack",
  ignore_ids: "--ignore-id",
  wait_ms: "--timeout",
};
