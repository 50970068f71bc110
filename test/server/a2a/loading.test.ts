import { expect, test } from "bun:test";
import { loadedWith, naming } from "../../support/loaded.ts";

const isSdk = (name: string) => name.startsWith("@a2a-js/sdk");

test("nothing of A2A but its methods' names, and whether pushes are due, is loaded before the first request for it", () => {
  const loaded = [...loadedWith("src/server/daemon.ts"), ...loadedWith("src/server/router.ts")];
  expect(loaded.length).toBeGreaterThan(100);
  expect(loaded.filter(isSdk)).toEqual([]);
  const ofA2a = [...new Set(loaded)].filter((path) => path.startsWith("src/server/a2a/"));
  expect(ofA2a.filter((path) => !path.includes("/push/"))).toEqual(["src/server/a2a/methods.ts"]);
});

test("its SDK is named in its folder only, and the part for 0.3 is loaded when that is first spoken", () => {
  expect(naming(isSdk).filter((path) => !path.startsWith("src/server/a2a/"))).toEqual([]);
  const endpoint = loadedWith("src/server/a2a/endpoint.ts");
  expect([...endpoint].filter(isSdk).toSorted()).toEqual([
    "@a2a-js/sdk",
    "@a2a-js/sdk/errors",
    "@a2a-js/sdk/server",
  ]);
  const cards = loadedWith("src/server/a2a/cards.ts");
  expect([...cards].filter((name) => isSdk(name) && name !== "@a2a-js/sdk/errors")).toEqual([]);
});
