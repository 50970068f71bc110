import { dirname } from "node:path";

/** A folder and all that it lies in, the innermost first. */
export function* upwards(folder: string): Generator<string> {
  for (let at = folder; ; at = dirname(at)) {
    yield at;
    if (dirname(at) === at) return;
  }
}
