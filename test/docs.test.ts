import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { errors } from "../src/core/error.ts";
import { Happening } from "../src/core/event.ts";
import { operations } from "../src/operations/list.ts";
import type { Operation } from "../src/operations/operation.ts";
import { root } from "./support/source.ts";

/** The pages that people read before they change something say what is there. */

const read = (path: string) => readFileSync(join(root, path), "utf8");

describe("ARCHITECTURE.md", () => {
  const text = read("ARCHITECTURE.md");

  test("is a page", () => {
    expect(text.trimEnd().split("\n").length).toBeLessThanOrEqual(150);
  });

  test("names files and folders that exist", () => {
    const named = [...text.matchAll(/`((?:src|test|scripts|docs)\/[\w./-]*|\.oxlintrc\.json)`/g)].map(
      ([, path = ""]) => path,
    );
    expect(named.length).toBeGreaterThan(40);
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  test("has a line for each folder of src", () => {
    const folders = readdirSync(join(root, "src"), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `src/${name}/`);
    expect(folders.filter((folder) => !text.includes(`| \`${folder}\` |`))).toEqual([]);
  });
});

describe("docs/wire.md", () => {
  const text = read("docs/wire.md");
  const isNamed = (word: string) =>
    new RegExp(`(?<![\\w/])${word.replaceAll(".", "\\.")}(?![\\w/])`).test(text);

  test("names every method and tool", () => {
    const names = Object.entries(operations).flatMap(([name, { tool }]: [string, Operation]) =>
      tool ? [name, tool.name] : [name],
    );
    expect(names.length).toBeGreaterThan(60);
    expect(names.filter((name) => !isNamed(name))).toEqual([]);
  });

  test("names every route", () => {
    const routes = read("test/golden/surface/routes.txt").trim().split("\n");
    const paths = routes.map((route) => route.split(" ")[1] ?? "").filter((path) => path !== "/*");
    expect(paths.filter((path) => !text.includes(path))).toEqual([]);
  });

  test("has every error with its codes", () => {
    const rows = Object.entries(errors).map(
      ([code, { rpc, http, exit }]) => `| ${code} | ${rpc} | ${http} | ${exit} |`,
    );
    expect(rows.filter((row) => !text.includes(row))).toEqual([]);
  });

  test("names every event, with what is particular to it", () => {
    const events = Happening.options.map(({ shape: { type, data } }) => ({
      type: type.value,
      fields: Object.keys(data.shape),
    }));
    expect(events.length).toBeGreaterThan(20);
    const missing = events.filter(({ type, fields }) => {
      const line = text
        .split("\n")
        .find((one) => one.startsWith("|") && new RegExp(`\\b${type.replace(".", "\\.")}\\b`).test(one));
      return line === undefined || fields.some((field) => !new RegExp(`\\b${field}\\b`).test(line));
    });
    expect(missing).toEqual([]);
  });
});
