import { describe, expect, test } from "bun:test";
import { pushPrefix, pushPrefixes, pushTarget } from "../../src/core/push-target.ts";

const isAllowed = (url: string, ...prefixes: string[]) =>
  !("refusal" in pushTarget(url, pushPrefixes(prefixes)));

describe("a URL is allowed by a prefix", () => {
  test.each([
    ["https://a.example", "https://a.example/"],
    ["https://a.example", "https://a.example/any/path?with=query"],
    ["https://a.example/", "https://A.EXAMPLE:443/x"],
    ["https://a.example:443/hooks", "https://a.example/hooks"],
    ["https://a.example/hooks", "https://a.example/hooks/"],
    ["https://a.example/hooks", "https://a.example/hooks/a/b"],
    ["https://a.example/hooks/", "https://a.example/hooks/a"],
    ["https://a.example/hooks/", "https://a.example/hooks/"],
    ["https://a.example/hooks", "https://a.example/hooks/x/../y"],
    ["http://127.0.0.1:9000", "http://127.0.0.1:9000/x"],
    ["http://[::1]:9000", "http://[0:0::1]:9000/x"],
    ["http://127.0.0.1:*", "http://127.0.0.1:50123/x"],
    ["http://[::1]:*/hooks", "http://[::1]/hooks/x"],
    ["http://10.0.0.7:*", "http://10.0.0.7:50123/x"],
    // no port is any on loopback
    ["http://127.0.0.1", "http://127.0.0.1:50123/x"],
    ["http://127.0.0.1:", "http://127.0.0.1:50123/x"],
    ["http://localhost/hooks", "http://localhost:50123/hooks/x"],
    ["http://[::1]/", "http://[::1]:50123/x"],
  ])("%s: %s", (prefix, url) => {
    expect(isAllowed(url, prefix)).toBe(true);
  });
});

describe("a URL is refused by a prefix, though it looks like it", () => {
  test.each([
    // another scheme, host or port
    ["https://a.example/", "http://a.example/"],
    ["https://a.example/", "https://a.example.evil.example/"],
    ["https://a.example/", "https://b.a.example/"],
    ["https://a.example/", "https://a.example./"],
    ["https://a.example/", "https://a.example:8443/"],
    ["http://127.0.0.1:9000", "http://127.0.0.1:90001/"],
    ["http://127.0.0.1:9000", "http://127.0.0.1:9001/"],
    ["http://127.0.0.1:80", "http://127.0.0.1:50123/x"],
    ["http://127.0.0.1", "http://127.0.0.1.evil.example:50123/x"],
    ["http://localhost", "http://127.0.0.1:50123/x"],
    ["http://10.0.0.7", "http://10.0.0.7:50123/x"],
    ["http://127.0.0.1:*", "http://127.0.0.2:50123/x"],
    ["http://127.0.0.1:*", "https://127.0.0.1:50123/x"],
    ["http://127.0.0.1:*/hooks", "http://127.0.0.1:50123/x"],
    // who is called stands behind what looks like it
    ["https://a.example/", "https://a.example@evil.example/"],
    ["https://a.example/", "https://user:password@a.example/"],
    ["https://a.example/", "https://@a.example/"],
    ["https://a.example/", "https://a.example\\@evil.example/"],
    ["https://a.example/", "https:a.example/"],
    ["https://a.example/", "//a.example/"],
    // a path beside it, or above it
    ["https://a.example/hooks", "https://a.example/hooksome"],
    ["https://a.example/hooks", "https://a.example/"],
    ["https://a.example/hooks", "https://a.example/HOOKS"],
    ["https://a.example/hooks/", "https://a.example/hooks"],
    ["https://a.example/hooks", "https://a.example/hooks/../admin"],
    ["https://a.example/hooks", "https://a.example/hooks/%2e%2e/admin"],
    ["https://a.example/hooks", "https://a.example/hooks/.%2E/admin"],
    ["https://a.example/hooks", "https://a.example/hooks\\..\\admin"],
    ["https://a.example/hooks", "https://a.example/hooks/..%2fadmin"],
    ["https://a.example/hooks", "https://a.example/hooks/..%5Cadmin"],
    ["https://a.example/hooks", "https://a.example/hooks/%252e%252e/admin"],
    ["https://a.example/hooks", "https://a.example/hooks/..;/admin"],
    ["https://a.example/hooks", "https://a.example//hooks/a"],
    ["https://a.example/hooks", "https://a.example/hooks%00/a"],
    ["https://a.example/hooks", "https://a.example/ho\toks/a"],
    ["https://a.example/hooks", "https://a.example/hooks/\r\nX-Evil: 1"],
    // no URL that is delivered to
    ["https://a.example/", "ftp://a.example/"],
    ["https://a.example/", "file:///etc/passwd"],
    ["https://a.example/", "https://a.example/#part"],
    ["https://a.example/", ""],
    ["https://a.example/", `https://a.example/${"x".repeat(3000)}`],
  ])("%s: %s", (prefix, url) => {
    expect(isAllowed(url, prefix)).toBe(false);
  });
});

test("a refusal says what is allowed, and nothing of the URL's path or password, which may be a secret", () => {
  const prefixes = pushPrefixes(["https://a.example/hooks"]);
  for (const url of [
    "https://a.example/T0P/S3CRET?S3CRET",
    "https://S3CRET@a.example/",
    "https://a.example/#S3CRET",
  ]) {
    const said = JSON.stringify(pushTarget(url, prefixes));
    expect(said).toContain("refusal");
    expect(said).not.toContain("S3CRET");
  }
  expect(JSON.stringify(pushTarget("https://b.example/", prefixes))).toContain(
    "--push-to https://a.example/hooks",
  );
});

test("one of several prefixes is enough", () => {
  expect(isAllowed("https://b.example/x", "https://a.example", "https://b.example")).toBe(true);
  expect(pushPrefixes(["https://a.example", "https://a.example:443/"])).toHaveLength(1);
});

describe("a prefix that allows nothing, or nobody can tell what, is wrong usage", () => {
  test.each([
    "",
    "a.example",
    "*",
    "https://",
    "ws://a.example",
    "https://user@a.example/",
    "https://a.example/?x=1",
    "https://a.example/?",
    "https://a.example/#x",
    "https://a.example/..%2f",
    "https://*.example/",
    "https://*/",
    "https://a.example:*9/",
    "https://:*/",
    `https://a.example/${"x".repeat(300)}`,
  ])("%s", (text) => {
    expect(() => pushPrefix(text)).toThrow(/^--push-to /);
  });

  test("and does not show the password in it", () => {
    expect(() => pushPrefix("https://user:S3CRET@a.example/")).toThrow(/^(?!.*S3CRET)/);
  });
});
