import { describe, expect, test } from "bun:test";
import { AnswerReader } from "../../../src/client/connection/http-answer.ts";

/** One answer, in pieces of so many bytes. What is left open is closed at the end. */
function read(text: string, pieceBytes: number) {
  const [reader, bytes] = [new AnswerReader(), Buffer.from(text, "latin1")];
  const body: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes)
    body.push(...reader.push(bytes.subarray(at, at + pieceBytes)));
  const { isOver, keepsConnection } = reader;
  reader.close();
  return {
    status: reader.head?.status,
    body: Buffer.concat(body).toString("latin1"),
    isOver,
    keepsConnection,
  };
}

const head = "HTTP/1.1 200 OK\r\n";

describe("an answer is read alike however it is cut into pieces:", () => {
  const kept = { isOver: true, keepsConnection: true };
  const ended = { isOver: false, keepsConnection: false };
  test.each([
    ["of a length", `${head}Content-Length: 5\r\n\r\nhello`, { status: 200, body: "hello", ...kept }],
    ["of no length", `${head}content-length:0\r\n\r\n`, { status: 200, body: "", ...kept }],
    [
      "in chunks",
      `${head}transfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n`,
      { status: 200, body: "hello", ...kept },
    ],
    [
      "with trailers",
      `${head}transfer-encoding: chunked\r\n\r\n1\r\n!\r\n0\r\nx: y\r\n\r\n`,
      { status: 200, body: "!", ...kept },
    ],
    ["to the end", `${head}content-type: text/plain\r\n\r\nhello`, { status: 200, body: "hello", ...ended }],
    ["without a body", "HTTP/1.1 204 No Content\r\n\r\n", { status: 204, body: "", ...kept }],
    [
      "that closes",
      `${head}connection: close\r\ncontent-length: 1\r\n\r\n!`,
      { status: 200, body: "!", isOver: true, keepsConnection: false },
    ],
    [
      "of before",
      "HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\n!",
      { status: 200, body: "!", isOver: true, keepsConnection: false },
    ],
    [
      "after a go-ahead",
      `HTTP/1.1 100 Continue\r\n\r\n${head}content-length: 1\r\n\r\n!`,
      { status: 200, body: "!", ...kept },
    ],
    [
      "and more than was asked for",
      `${head}content-length: 1\r\n\r\n!HTTP/1.1 200`,
      { status: 200, body: "!", isOver: true, keepsConnection: false },
    ],
  ])("%s", (_, text, expected) => {
    for (const pieceBytes of [1, 2, 3, 7, text.length]) expect(read(text, pieceBytes)).toEqual(expected);
  });
});

test.each([
  ["another protocol", "SSH-2.0-OpenSSH\r\n"],
  ["a version to come", "HTTP/2 200\r\n\r\n"],
  ["a status that is none", "HTTP/1.1 99 X\r\n\r\n"],
  ["a header without a name", `${head}: x\r\n\r\n`],
  ["a header that goes on in the next line", `${head}a: x\r\n  y\r\n\r\n`],
  ["two lengths", `${head}content-length: 1\r\ncontent-length: 2\r\n\r\n!`],
  ["a length below zero", `${head}content-length: -1\r\n\r\n`],
  ["a coding that it did not ask for", `${head}transfer-encoding: gzip\r\n\r\n`],
  ["a chunk without a size", `${head}transfer-encoding: chunked\r\n\r\nx\r\n`],
  ["a chunk that is longer than it says", `${head}transfer-encoding: chunked\r\n\r\n1\r\nab\r\n`],
  ["a protocol that changes", "HTTP/1.1 101 Switching\r\n\r\n"],
  ["an end in the middle", `${head}content-length: 9\r\n\r\nhell`],
  ["a head without an end", `${head}a: ${"x".repeat(70_000)}`],
])("what is no answer is not taken for one: %s", (_, text) => {
  for (const pieceBytes of [1, 5, text.length]) expect(() => read(text, pieceBytes)).toThrow();
});
