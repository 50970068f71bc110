import { describe, expect, test } from "bun:test";
import { fittingFields, fittingItems, fittingTree } from "../../../src/server/mcp/resource-text.ts";

/** What is too long for a model to read at once is cut, and says how the rest is had. */

const room = 61_000;
const rest = "Ask for the rest.";

describe("a list", () => {
  test("that fits is whole", () => {
    const items = Array.from({ length: 100 }, (_, id) => ({ id }));
    expect(fittingItems(items, rest)).toEqual({ items });
  });

  test("that is too long is given from its beginning, as many as fit", () => {
    const items = Array.from({ length: 100 }, (_, id) => ({ id, text: "x".repeat(1000) }));
    const fitting = fittingItems(items, rest);
    expect(fitting).toEqual({ items: items.slice(0, 58), note: `These are 58 of 100. ${rest}` });
    expect(JSON.stringify(fitting).length).toBeLessThan(room);
  });

  test("whose first item alone is too long has that, cut", () => {
    const { items, note } = fittingItems([{ id: 1, text: "x".repeat(100_000) }, { id: 2 }], rest);
    expect(items).toMatchObject([{ id: 1, cut: { text: 100_000 } }]);
    expect(note).toBe(`These are 1 of 2. ${rest}`);
  });

  test("of characters that are escaped is as short as one of others", () => {
    const items = Array.from({ length: 100 }, (_, id) => ({ id, text: "\u202e".repeat(1000) }));
    expect(JSON.stringify(fittingItems(items, rest)).length).toBeLessThan(room);
  });
});

test("an object that is too long has the beginnings of what is long in it, and their lengths", () => {
  const whole = {
    id: "one",
    payload: { a: "x".repeat(70_000) },
    result: "y".repeat(7000),
    cut: { prompt: 9 },
  };
  expect(fittingFields(whole, rest)).toEqual({
    id: "one",
    payload: `{"a":"${"x".repeat(3994)}…`,
    result: `${"y".repeat(4000)}…`,
    cut: { prompt: 9, payload: 70_008, result: 7000 },
    note: rest,
  });
});

test("of a long list in it there are the last items, and what was said of it before is said, too", () => {
  const messages = Array.from({ length: 100 }, (_, seq) => ({ seq, text: "x".repeat(990) }));
  expect(fittingFields({ id: "one", messages, note: "Older ones are elsewhere." }, rest)).toEqual({
    id: "one",
    messages: messages.slice(-15),
    cut: { messages: JSON.stringify(messages).length },
    note: `Older ones are elsewhere. ${rest}`,
  });
});

test("of a list whose last item alone is too long there is the beginning of that", () => {
  const cut = fittingFields({ id: "one", artifacts: [1, { text: "x".repeat(70_000) }] }, rest);
  expect(cut).toMatchObject({ artifacts: [`{"text":"${"x".repeat(3991)}…`] });
});

describe("a tree", () => {
  interface Node {
    id: string;
    children?: Node[];
  }
  const grown = (id: string, levels: number, width: number): Node => ({
    id,
    ...(levels === 0
      ? {}
      : { children: Array.from({ length: width }, (_, at) => grown(`${id}.${at}`, levels - 1, width)) }),
  });

  test("that fits is whole", () => {
    const tree = grown("1", 3, 5);
    expect(fittingTree(tree, rest)).toEqual(tree);
  });

  test("that is too large lacks its deepest levels, and says how many children a node has", () => {
    const cut = fittingTree(grown("1", 8, 5), rest);
    expect(JSON.stringify(cut).length).toBeLessThan(room);
    expect(cut).toMatchObject({ id: "1", note: rest, children: [{ id: "1.0" }, {}, {}, {}, {}] });
    expect(JSON.stringify(cut)).toContain('"children_left_out":5');
  });

  test("whose every level is too wide is its root", () => {
    expect(fittingTree(grown("1", 1, 10_000), rest)).toEqual({
      id: "1",
      children_left_out: 10_000,
      note: rest,
    });
  });
});
