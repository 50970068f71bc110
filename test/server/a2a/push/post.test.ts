import { beforeAll, describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { post, type Post } from "../../../../src/server/a2a/push/post.ts";
import { startReceiver } from "../../../support/a2a/receiver.ts";
import { temporaryDirectory } from "../../../support/machine/temporary.ts";
import { startForeign } from "../../../support/network/foreign.ts";

const never = new AbortController().signal;

const to = (url: string, more: Partial<Post> = {}): Post => ({
  url: new URL(url),
  address: "127.0.0.1",
  headers: { "content-type": "application/a2a+json" },
  body: '{"ü":1}',
  ...more,
});

test("what is posted comes whole, under the name in the URL, to the address that is given", async () => {
  using receiver = startReceiver();
  const { port } = new URL(receiver.url);
  expect(await post(to(`http://hooks.test:${port}/a%20b?c=d`, { headers: { x: "y" } }), never)).toBe(204);
  const [{ path, headers, body } = { path: "", headers: {}, body: null }] = receiver.got;
  expect({ path, body }).toEqual({ path: "/a%20b?c=d", body: { ü: 1 } });
  expect(headers).toMatchObject({ host: `hooks.test:${port}`, x: "y", connection: "close" });
});

test("a redirect is an answer, and is not followed", async () => {
  using elsewhere = startReceiver();
  using receiver = startReceiver(() => Response.redirect(`${elsewhere.url}/`, 307));
  expect(await post(to(receiver.url), never)).toBe(307);
  expect(elsewhere.got).toEqual([]);
});

test("a receiver that hangs is given up when the time is over, and its connection closed", async () => {
  const closed = Promise.withResolvers<void>();
  using receiver = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data: () => {}, close: () => closed.resolve() },
  });
  const over = new AbortController();
  const posted = post(to(`http://127.0.0.1:${receiver.port}/`), over.signal);
  over.abort(new Error("time is over"));
  await expect(posted).rejects.toThrow("time is over");
  await closed.promise;
});

describe("what is no answer of HTTP is none", () => {
  test.each([
    ["a banner", { greets: "SSH-2.0-OpenSSH_9.6\r\n" }, "speaks no HTTP"],
    ["a closing port", { closes: true }, /closed without an answer|ECONNRESET|EPIPE/],
    ["a head without an end", { answers: `HTTP/1.1 100 C\r\nx: ${"y".repeat(20_000)}` }, "without an end"],
    ["half a line", { answers: "HTTP/1.1 2", closes: true }, "closed without an answer"],
  ])("%s", async (_, manner, said) => {
    using foreign = startForeign(manner);
    await expect(post(to(foreign.url), never)).rejects.toThrow(said);
  });
});

test("an answer that is only announced is waited for", async () => {
  const answers = "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 202 Accepted\r\n\r\n";
  using foreign = startForeign({ answers });
  expect(await post(to(foreign.url), never)).toBe(202);
});

const openssl = Bun.which("openssl");

describe.skipIf(openssl === null)("over TLS", () => {
  const folder = temporaryDirectory("hooks");
  const read = (name: string) => readFileSync(join(folder, name), "utf8");
  beforeAll(async () => {
    const config = join(folder, "openssl.cnf");
    writeFileSync(config, "[req]\ndistinguished_name=n\n[n]\n[v]\nsubjectAltName=DNS:hooks.test\n");
    const argv = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=hooks.test"];
    const files = ["-keyout", join(folder, "key.pem"), "-out", join(folder, "cert.pem")];
    const child = Bun.spawn([openssl ?? "", ...argv, ...files, "-config", config, "-extensions", "v"], {
      stdio: ["ignore", "ignore", "ignore"],
    });
    expect(await child.exited).toBe(0);
  });

  test.each([
    ["hooks.test", true, 204],
    ["other.test", true, "altnames"],
    ["hooks.test", false, "self signed certificate"],
    ["127.0.0.1", true, "altnames"],
  ])(
    "to %s (its certificate known: %p) it is: %p; nothing is sent to whom the certificate does not name",
    async (name, isKnown, outcome) => {
      using receiver = startReceiver(() => 204, { key: read("key.pem"), cert: read("cert.pem") });
      const { port } = new URL(receiver.url);
      const ca = isKnown ? { ca: read("cert.pem") } : {};
      const posted = post(to(`https://${name}:${port}/`, ca), never);
      if (typeof outcome === "number") expect(await posted).toBe(outcome);
      else await expect(posted).rejects.toThrow(outcome);
      expect(receiver.got).toHaveLength(typeof outcome === "number" ? 1 : 0);
    },
  );
});
