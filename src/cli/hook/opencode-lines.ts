import { isJsonObject, tryParseJson } from "../../core/json.ts";

/**
 * The lines between opencode's plugin (src/cli/init/opencode-plugin.ts) and `cord hook opencode-follow`, each a JSON object. The plugin's
 * text never changes, so these stay as they are. From the plugin:
 *
 * - {event, properties}: an event of opencode's
 * - {ask, at: "prompt"|"edit"|"tool", session, tool, args}: what it waits for, under a number of its own
 * - {woken, trouble}: how a wake went
 *
 * To the plugin: {answer, context, deny} and {wake, session, text}. What it does not know it leaves alone.
 */
export type PluginLine =
  | { kind: "event"; event: string; properties: Readonly<Record<string, unknown>> }
  | { kind: "ask"; ask: number; at: string; tool: string; args: unknown }
  | { kind: "woken"; woken: number; trouble: string | null };

/** Null: it says nothing that is known. */
export function pluginLine(line: string): PluginLine | null {
  const said = tryParseJson(line);
  if (!isJsonObject(said)) return null;
  const { event, properties, ask, at, tool, args, woken, trouble } = said;
  if (typeof event === "string" && isJsonObject(properties)) return { kind: "event", event, properties };
  if (typeof ask === "number" && typeof at === "string")
    return { kind: "ask", ask, at, tool: typeof tool === "string" ? tool : "", args };
  if (typeof woken === "number")
    return { kind: "woken", woken, trouble: typeof trouble === "string" ? trouble : null };
  return null;
}

/** The lines of a stream that have no more than so many bytes. Longer ones are left out whole. */
export async function* shortLines(
  stream: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<string> {
  let pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    let from = 0;
    for (let end = chunk.indexOf(lineEnd); end !== -1; end = chunk.indexOf(lineEnd, from)) {
      bytes += end - from;
      if (bytes <= maxBytes) yield Buffer.concat([...pieces, chunk.subarray(from, end)]).toString("utf8");
      [pieces, bytes, from] = [[], 0, end + 1];
    }
    bytes += chunk.length - from;
    if (bytes <= maxBytes) pieces.push(chunk.slice(from));
    else pieces = [];
  }
}

const lineEnd = 10;
