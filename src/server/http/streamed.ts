import { asStream } from "./streams.ts";
import { Streamed } from "../../operations/operation.ts";
import type { Answer } from "../dispatch.ts";

/**
 * Whether an answer holds a list that is still to be read, or is a batch so large in total that writing it at once would
 * take long.
 */
export function isLong(answer: Answer | Answer[]): boolean {
  if (!Array.isArray(answer)) return answer.result instanceof Streamed;
  return answer.some(isLong) || isHeavy(answer);
}

/** What is written at once: so many values, of which a text counts for each of its pieces. It takes some 10 ms. */
const maxAtOnce = 16_000;
const pieceLength = 256;

/** Looks at no more of the values than are written at once. */
function isHeavy(values: readonly unknown[]): boolean {
  const left: unknown[] = [values];
  for (let seen = 0; left.length > 0; seen += 1) {
    const value = left.pop();
    if (typeof value === "string") seen += value.length / pieceLength;
    if (seen + left.length > maxAtOnce) return true;
    if (typeof value !== "object" || value === null) continue;
    const inside: unknown[] = Object.values(value);
    if (seen + left.length + inside.length > maxAtOnce) return true;
    left.push(...inside);
  }
  return false;
}

/**
 * The answer's JSON, made while it is sent: the next piece of a list is read when the client has taken the one
 * before. If a piece cannot be read the connection is broken, so that nobody takes half a list for a whole one.
 */
export function streamedJson(answer: Answer | Answer[]): Response {
  const texts = Array.isArray(answer) ? batchTexts(answer) : answerTexts(answer);
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        await turn();
        const { done, value } = await texts.next();
        if (done) controller.close();
        else controller.enqueue(encoder.encode(value));
      },
      cancel: () => void texts.return(undefined),
    },
    { highWaterMark: 0 },
  );
  return asStream(body, { "content-type": "application/json;charset=utf-8" });
}

const encoder = new TextEncoder();

/** Others are answered between two pieces. */
function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

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
