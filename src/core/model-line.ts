import { oneLine } from "./text.ts";

/**
 * A text as one line that a model may read raw: without controls, marks of direction, invisible characters and lone
 * surrogates, and without the brackets that tags are made of. At most so many bytes of UTF-8; what is cut ends in "…".
 */
export function modelLine(text: string, maxBytes: number): string {
  const line = oneLine(text.replace(/[\p{Z}\s]/gu, " ").replace(unsafe, ""));
  if (Buffer.byteLength(line) <= maxBytes) return line;
  const cut = Buffer.from(line).subarray(0, maxBytes - Buffer.byteLength(ellipsis));
  // as a stream, so that a character that the cut goes through is left out whole
  return new TextDecoder().decode(cut, { stream: true }).trimEnd() + ellipsis;
}

const ellipsis = "…";
const unsafe = /[\p{C}<>]/gu;
