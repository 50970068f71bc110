import { describe, expect, test } from "bun:test";
import { addressFor, isPublic } from "../../../../src/server/a2a/push/addresses.ts";

const two = async () => ["8.8.8.8", "9.9.9.9"];
const never = () => Promise.reject(new Error("nobody is asked for it"));

describe("an address is public", () => {
  test.each([
    "8.8.8.8",
    "172.32.0.1",
    "100.128.0.1",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
  ])("%s", (address) => expect(isPublic(address)).toBe(true));
});

describe("an address is not public", () => {
  test.each([
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fc00::1",
    "fdff::1",
    "fe80::1",
    "fe80::1%eth0",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:a00:1",
    "::127.0.0.1",
    "64:ff9b::10.0.0.1",
    "2002:7f00:1::",
    "localhost",
    "",
  ])("%s", (address) => expect(isPublic(address)).toBe(false));
});

describe("the address of a delivery", () => {
  test("is the one that is written, where one is: nobody is asked", async () => {
    expect(await addressFor("127.0.0.1", 0, never)).toBe("127.0.0.1");
    expect(await addressFor("[::1]", 0, never)).toBe("::1");
  });

  test("of localhost is this machine's, whatever a name server says", async () => {
    expect(await addressFor("localhost", 0, never)).toBe("127.0.0.1");
    expect(await addressFor("localhost", 1, never)).toBe("::1");
    expect(await addressFor("a.localhost", 0, never)).toBe("127.0.0.1");
  });

  test("of a name is another one at each try", async () => {
    const tried = await Promise.all([0, 1, 2].map((tries) => addressFor("a.example", tries, two)));
    expect(tried).toEqual(["8.8.8.8", "9.9.9.9", "8.8.8.8"]);
  });

  test.each(["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1", "fd00::1"])(
    "is none where a name leads to %s, even beside a public one",
    async (address) => {
      const tried = addressFor("a.example", 0, async () => ["8.8.8.8", address]);
      await expect(tried).rejects.toThrow(`a.example leads to ${address}, which is not public`);
    },
  );

  test("is none where a name has none", async () => {
    await expect(addressFor("a.example", 0, async () => [])).rejects.toThrow("a.example has no address");
  });
});
