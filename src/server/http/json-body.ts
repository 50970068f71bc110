import { CordError } from "../../core/error.ts";
import { isJsonObject, parseJson } from "../../core/json.ts";
import { refuseDeep } from "./guard.ts";

/** A body of JSON; or why it is none, as the refusal of the call with this id. */
type Body = { value: unknown; problem?: undefined } | { value?: undefined; problem: CordError; id: unknown };

export async function bodyOf(request: Pick<Request, "text">): Promise<Body> {
  // the server cuts a body off at the limit, also one that comes in chunks: the reading of it then fails
  const text = await request.text().catch(() => null);
  if (text === null)
    throw new CordError(
      "too_large",
      "A body may be 1 MiB. Put a larger result into a file and hand in its path.",
    );
  refuseDeep(text);
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    if (error instanceof CordError) return { problem: error, id: idIn(text) };
    return { problem: new CordError("parse", "The body is not JSON."), id: null };
  }
  return { value };
}

/** The id of a call that holds a number no JSON can: the refusal is still an answer to that call. */
function idIn(text: string): unknown {
  const body: unknown = JSON.parse(text);
  const id = isJsonObject(body) ? body["id"] : null;
  return typeof id === "string" || Number.isFinite(id) ? id : null;
}
