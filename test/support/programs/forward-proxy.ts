/**
 * A forward proxy as a program of its own, as companies run them: `bun forward-proxy.ts LOG`. It writes what it hears
 * before a tunnel is open to LOG, opens tunnels for CONNECT, and answers all else with 502. It says its port on stderr.
 */
import { appendFileSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";

const [, , log = ""] = process.argv;
writeFileSync(log, "");

const server = createServer((client) => {
  client.on("error", () => client.destroy());
  client.once("data", (bytes) => {
    appendFileSync(log, bytes);
    const [, host, port] = /^CONNECT (\S+):(\d+) HTTP/.exec(bytes.toString("latin1")) ?? [];
    if (host === undefined) {
      client.end("HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\ncontent-length: 0\r\n\r\n");
      return;
    }
    const far = connect(Number(port), host, () => {
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      client.pipe(far).pipe(client);
    });
    far.on("error", () => client.destroy());
  });
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stderr.write(`proxy on ${typeof address === "object" ? address?.port : ""}\n`);
});
