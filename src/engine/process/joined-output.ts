/**
 * What two streams give, by whole lines, in the order in which those are complete; the beginning of one waits for its end, up to a
 * size. It ends when both have ended, and takes no more than is read of it.
 */
export function joined(
  one: ReadableStream<Uint8Array>,
  other: ReadableStream<Uint8Array>,
): ReadableStream<Uint8Array> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const pass = async (from: ReadableStream<Uint8Array>) => {
    let begun = Buffer.alloc(0);
    for await (const chunk of from) {
      begun = Buffer.concat([begun, chunk]);
      const whole = begun.length > maxBegunBytes ? begun.length : begun.lastIndexOf(newline) + 1;
      if (whole > 0) await writer.write(begun.subarray(0, whole));
      begun = begun.subarray(whole);
    }
    if (begun.length > 0) await writer.write(begun);
  };
  const end = () => writer.close();
  void Promise.all([pass(one), pass(other)]).then(end, end);
  return readable;
}

const newline = 10;
const maxBegunBytes = 64 * 1024;
