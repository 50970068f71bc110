import { appendFileSync, writeSync } from "node:fs";
import { rpcCall } from "../../../test/support/rpc.ts";

/**
 * A program in the place of `claude`, for what no model would do at once: `bun program.ts`. Its root creates ten children, of
 * which each returns a megabyte, one that needs them all, and one that prints a gigabyte.
 */
const bulk = Number(process.env["BENCH_RESULT_BYTES"] ?? 1e6);
const printedBytes = Number(process.env["BENCH_PRINT_BYTES"] ?? 1e9);
const url = `${process.env["CORD_URL"] ?? ""}mcp`;
const [, node = ""] = (process.env["CORD_ATTEMPT"] ?? "").split("/");

print({
  type: "system",
  subtype: "init",
  session_id: "s",
  model: "none",
  mcp_servers: [{ name: "cord", status: "connected" }],
});
const prompt = await promptLine();
await perform();
print({
  type: "result",
  subtype: "success",
  is_error: false,
  result: "done",
  session_id: "s",
  num_turns: 1,
  total_cost_usd: 0,
  permission_denials: [],
});
process.exit(0);

async function perform(): Promise<void> {
  if (node === "1" && !prompt.includes("Phase: synthesis")) {
    for (let child = 0; child < 10; child += 1) await call("create", { goal: `bulk ${child}` });
    const needs = Array.from({ length: 10 }, (_, child) => `#${child + 2}`);
    await call("create", { goal: "needs all", needs });
    await call("create", { goal: "prints much" });
    return void (await call("complete", { result: "created" }));
  }
  if (Number(node) >= 2 && Number(node) <= 11) {
    return void (await call("complete", { result: resultOf(Number(node)) }));
  }
  if (node === "12") {
    const missing = Array.from({ length: 10 }, (_, child) => child + 2).filter(
      (number) => !prompt.includes(resultOf(number)),
    );
    appendFileSync(
      process.env["BENCH_SAW"] ?? "/dev/null",
      JSON.stringify({ length: prompt.length, missing }),
    );
  }
  if (node === "13") printMuch();
  await call("complete", { result: "done" });
}

/** No two words of it are the same: what is cut or mixed up is seen. */
function resultOf(number: number): string {
  return Array.from({ length: bulk / 5 }, (_, word) => `${number}.${word} `)
    .join("")
    .slice(0, bulk);
}

function printMuch(): void {
  const line = `${JSON.stringify({
    type: "assistant",
    message: {
      id: "m",
      role: "assistant",
      content: [{ type: "text", text: "word ".repeat(20_000) }],
      usage: {},
    },
  })}\n`;
  for (let printed = 0; printed < printedBytes; printed += line.length)
    for (let rest = Buffer.from(line); rest.length > 0;) rest = rest.subarray(write(rest));
}

function write(bytes: Buffer): number {
  try {
    return writeSync(1, bytes);
  } catch {
    Bun.sleepSync(1);
    return 0;
  }
}

async function call(name: string, args: object): Promise<void> {
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      authorization: `Bearer ${process.env["CORD_TOKEN"] ?? ""}`,
      "mcp-protocol-version": "2025-11-25",
    },
    body: JSON.stringify(rpcCall("tools/call", { name, arguments: args })),
  });
  const text = await response.text();
  if (!response.ok || text.includes('"isError":true')) throw new Error(`${name}: ${text.slice(0, 300)}`);
}

async function promptLine(): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of Bun.stdin.stream()) {
    parts.push(part);
    if (part.at(-1) === 10) break;
  }
  const { message }: { message: { content: { text: string }[] } } = JSON.parse(
    Buffer.concat(parts).toString(),
  );
  return message.content.map(({ text }) => text).join("\n");
}

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
