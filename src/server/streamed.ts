import { Streamed } from "../operations/operation.ts";
import type { Answer } from "./rpc.ts";

/** Whether an answer holds a list that is still to be read. */
export function isStreamed(answer: Answer | Answer[]): boolean {
  return Array.isArray(answer) ? answer.some(isStreamed) : answer.result instanceof Streamed;
}

/**
 * The answer's JSON, made while it is sent: the next piece of a list is read when the client has taken the one before.
 * When a piece cannot be read the connection breaks, so that nobody takes half a list for a whole one.
 */
export function streamedJson(answer: Answer | Answer[]): Response {
  const texts = Array.isArray(answer) ? batchTexts(answer) : answerTexts(answer);
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await texts.next();
        if (done) controller.close();
        else controller.enqueue(encoder.encode(value));
      },
      cancel: () => void texts.return(undefined),
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { headers: { "content-type": "application/json;charset=utf-8" } });
}

const encoder = new TextEncoder();

async function* batchTexts(answers: readonly Answer[]): AsyncGenerator<string> {
  for (const [at, answer] of answers.entries()) {
    yield at === 0 ? "[" : ",";
    yield* answerTexts(answer);
  }
  yield "]";
}

async function* answerTexts({ result, ...envelope }: Answer): AsyncGenerator<string> {
  if (!(result instanceof Streamed)) return yield JSON.stringify({ ...envelope, result });
  yield `${JSON.stringify(envelope).slice(0, -1)},"result":[`;
  let between = "";
  for await (const piece of result.pieces) {
    const items = piece.map((item) => JSON.stringify(item));
    yield items.length === 0 ? "" : `${between}${items.join(",")}`;
    if (items.length > 0) between = ",";
  }
  yield "]}";
}
