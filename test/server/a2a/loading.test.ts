import { expect, test } from "bun:test";
import { posix } from "node:path";
import { sourcesIn } from "../../support/source.ts";

const sources = new Map(sourcesIn("src").map((source) => [source.path, source]));

/** What is loaded with a file, at once and by way of others: files of the code, and packages. */
function loadedWith(path: string): Set<string> {
  const loaded = new Set([path]);
  for (const one of loaded)
    for (const { from, isLazy } of sources.get(one)?.imports ?? [])
      if (!isLazy) loaded.add(from.startsWith(".") ? posix.join(posix.dirname(one), from) : from);
  return loaded;
}

const isSdk = (name: string) => name.startsWith("@a2a-js/sdk");

test("nothing of A2A but its methods' names, and whether pushes are due, is loaded before the first request for it", () => {
  const loaded = [...loadedWith("src/server/daemon.ts"), ...loadedWith("src/server/router.ts")];
  expect(loaded.length).toBeGreaterThan(100);
  expect(loaded.filter(isSdk)).toEqual([]);
  const ofA2a = [...new Set(loaded)].filter((path) => path.startsWith("src/server/a2a/"));
  expect(ofA2a.filter((path) => !path.includes("/push/"))).toEqual(["src/server/a2a/methods.ts"]);
});

test("its SDK is named in its folder only, and the part for 0.3 is loaded when that is first spoken", () => {
  const naming = [...sources.values()].filter(({ imports }) => imports.some(({ from }) => isSdk(from)));
  expect(naming.map(({ path }) => path).filter((path) => !path.startsWith("src/server/a2a/"))).toEqual([]);
  const endpoint = loadedWith("src/server/a2a/endpoint.ts");
  expect([...endpoint].filter(isSdk).toSorted()).toEqual([
    "@a2a-js/sdk",
    "@a2a-js/sdk/errors",
    "@a2a-js/sdk/server",
  ]);
  const cards = loadedWith("src/server/a2a/cards.ts");
  expect([...cards].filter((name) => isSdk(name) && name !== "@a2a-js/sdk/errors")).toEqual([]);
});
