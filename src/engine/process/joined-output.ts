/** What two streams give, in the order in which it comes; it ends when both have ended, and takes no more than is read of it. */
export function joined(
  one: ReadableStream<Uint8Array>,
  other: ReadableStream<Uint8Array>,
): ReadableStream<Uint8Array> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const pass = async (from: ReadableStream<Uint8Array>) => {
    for await (const chunk of from) await writer.write(chunk);
  };
  const end = () => writer.close();
  void Promise.all([pass(one), pass(other)]).then(end, end);
  return readable;
}
