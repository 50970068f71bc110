import { z } from "zod";
import { Artifacts } from "../../core/message.ts";
import { readInput } from "../../core/parameter.ts";

/** What `--artifacts` says, for the call. Throws `invalid`, in the daemon's words, for what is no list of artifacts. */
export function artifactsIn(artifacts: unknown): z.output<typeof Flag> {
  return readInput(Flag, { artifacts });
}

const Flag = z.object({ artifacts: Artifacts });
