import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { browserTest } from "../support/browser/tested.ts";
import { runWorld, type World } from "../support/machine/run-world.ts";

/** `cord report --html` of real runs, read in a real browser. */

setDefaultTimeout(180_000);

const hostile = `</script><script>document.title = "taken"</script><img src=x onerror="document.title = 'taken'">`;
const plan = `# A plan ${hostile}\n\n1. First\n   - this\n   - that [link](javascript:alert%281%29)\n2. Then ${hostile}\n`;

async function rehearsed(world: World): Promise<void> {
  Object.assign(world.env, { PATH: `${world.bin}:/usr/bin:/bin`, CORD_REHEARSAL_MS: "0" });
  writeFileSync(join(world.cwd, "plan.md"), plan);
  const { code } = await world.cord("run", "plan.md", "--rehearse");
  expect(code).toBe(0);
}

browserTest(
  "a page tells of a run, folds, fits a telephone, asks for nothing, and lets nothing of an agent's run",
  async (browser) => {
    await using world = await runWorld();
    await rehearsed(world);
    const { out, code } = await world.cord("report", "--html", "run.html");
    const file = join(world.cwd, "run.html");
    expect({ code, out }).toEqual({ code: 0, out: `${file}\n` });
    const page = await browser.open(file);
    const text = (selector: string) =>
      page.evaluate(`document.querySelector(${JSON.stringify(selector)}).innerText`);

    expect(await text("header h1")).toContain(`A plan ${hostile}`);
    expect(await text("header .badge")).toBe("complete");
    expect(await page.evaluate("document.title")).toContain("A plan </script>");
    expect(
      await page.evaluate("[...document.querySelectorAll('main > section')].map(({ id }) => id)"),
    ).toEqual(["result", "tree", "timeline", "cost", "nodes", "about"]);
    expect(await page.evaluate("document.querySelectorAll('.tree .row:not(.head)').length")).toBe(5);
    expect(await page.evaluate("document.querySelectorAll('.bar').length")).toBe(7);
    expect(await page.evaluate("document.querySelectorAll('line.needs').length")).toBe(2);
    expect(await page.evaluate("document.querySelectorAll('.bar.critical').length")).toBeGreaterThan(3);

    // the tree folds, and a link unfolds what it leads to
    const isShown = "document.querySelector('.tree ul ul .row').checkVisibility()";
    await page.evaluate("document.querySelector('.tree summary').click()");
    expect(await page.evaluate(isShown)).toBe(false);
    await page.evaluate("document.querySelector('.tree summary').click()");
    expect(await page.evaluate(isShown)).toBe(true);
    expect(await page.evaluate("document.getElementById('n3').open")).toBe(false);
    await page.evaluate("document.querySelector(`.tree a[href='#n3']`).click()");
    await page.evaluate("new Promise((done) => setTimeout(done))");
    expect(await page.evaluate("document.getElementById('n3').open")).toBe(true);

    // what is sought stays
    await page.evaluate(
      "{ const find = document.getElementById('find'); find.value = 'that'; find.dispatchEvent(new Event('input')); }",
    );
    expect(await text("#found")).toMatch(/^[1-4] of 5$/);

    // its data can be read by programs, and nothing of it ends its element
    const goals = "JSON.parse(document.getElementById('report').textContent).nodes.map(({ goal }) => goal)";
    expect(await page.evaluate(goals)).toHaveLength(5);
    expect(
      await page.evaluate("[document.scripts.length, document.images.length, document.links.length]"),
    ).toEqual([2, 0, await page.evaluate("document.querySelectorAll(`a[href^='#']`).length")]);

    for (const width of [1280, 400]) {
      await page.resize(width, 800);
      expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    }
    expect(page.complaints).toEqual([]);
    expect(page.requests).toEqual([]);
  },
);

test("the page's policy names its own style and script, and allows nothing else", async () => {
  await using world = await runWorld();
  await rehearsed(world);
  const { out } = await world.cord("report", "--html", "-");
  const policy = /http-equiv="Content-Security-Policy"\s+content="([^"]+)"/.exec(out)?.[1] ?? "";
  expect(policy.replaceAll("&#39;", "'").split("; ")).toEqual([
    "default-src 'none'",
    expect.stringMatching(/^style-src 'sha256-[\w+/=]+'$/),
    expect.stringMatching(/^script-src 'sha256-[\w+/=]+'$/),
    "base-uri 'none'",
    "form-action 'none'",
  ]);
});

test("a page is named after its run, is its owner's, and can be opened", async () => {
  await using world = await runWorld();
  await rehearsed(world);
  const opened = join(world.home, "opened");
  world.program("xdg-open", `echo "$1" >'${opened}'`);
  const { run } = await world.client.call("runs/get", {});
  const id = run.id.slice(0, 13);
  const named = await world.cord("report", id.slice(0, 10), "--html");
  expect(named.out).toBe(`${join(world.cwd, `cord-report-${id}.html`)}\n`);
  expect(statSync(named.out.trim()).mode & 0o777).toBe(0o600);
  const { out } = await world.cord("report", "--open");
  expect(readFileSync(opened, "utf8")).toBe(out);
  expect(out).toContain(world.data);

  const meant = await world.cord("report", "--html", id);
  expect(meant.code).toBe(64);
  expect(meant.err).toContain(`cord report ${id} --html`);
  expect(existsSync(join(world.cwd, id))).toBe(false);
});
