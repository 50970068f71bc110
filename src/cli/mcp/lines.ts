/** The lines of a stream of bytes, without their ends. What comes after the last line end is a line too. */
export async function* linesOf(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest: string[] = [];
  for await (const chunk of stream) {
    const pieces = decoder.decode(chunk, { stream: true }).split("\n");
    const last = pieces.pop() ?? "";
    for (const piece of pieces) {
      yield [...rest, piece].join("").replace(/\r$/, "");
      rest = [];
    }
    if (last !== "") rest.push(last);
  }
  if (rest.length > 0) yield rest.join("");
}
