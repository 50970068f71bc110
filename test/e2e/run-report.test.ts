import { expect, setDefaultTimeout, test } from "bun:test";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { browserTest } from "../support/browser/tested.ts";
import { eventfulWorld, hostile } from "../support/browser/eventful-run.ts";
import { runWorld, type World } from "../support/machine/run-world.ts";

/** `cord report --html` of real runs, read in a real browser. */

setDefaultTimeout(180_000);

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

browserTest(
  "a page gathers what failed and was asked, shows costs against the ceiling, and unfolds transcripts",
  async (browser) => {
    await using world = await eventfulWorld();
    // of less, an agent that starts beside two others that hold their shares may get one that its turns use up
    const run = world.start("run", "Compare three banks", "--total-budget", "5", "--model", "opus");
    await world.event(
      ({ type, data }) => type === "task.created" && "question" in data && data.question !== undefined,
    );
    const followed = world.start("logs", "2", "-f");
    await world.cord("answer", "6", "EUR");
    expect((await run.ended).code).toBe(0);
    const file = (await world.cord("report", "--html", "run.html")).out.trim();
    const page = await browser.open(file);
    const text = async (selector: string) =>
      String(await page.evaluate(`document.querySelector(${JSON.stringify(selector)}).innerText`));

    expect(await text("header .badge")).toBe("complete but 1 of 6 lost");
    expect(await text("header .figures")).toMatch(/Cost\n+\$1\.\d\d\n+of \$5\.00/);
    expect(await text("#result table")).toContain("Alpha");
    const attention = await text("#attention");
    expect(attention).toContain(`#4 Look at Beta ${hostile}`);
    expect(attention).toMatch(/#2 Look at the prices\s+`test -e passed/);
    expect(attention).toMatch(/#6 Which currency\? — answer: EUR/);
    expect(await page.evaluate("document.querySelector('#cost text.ceiling').textContent")).toBe(
      "ceiling $5.00",
    );
    expect(await page.evaluate("document.querySelectorAll('.bar.lost').length")).toBe(2);
    expect(await page.evaluate("document.querySelectorAll('.bar.ask').length")).toBe(1);

    // the checks, and the transcript, which is drawn when it is unfolded
    await page.evaluate("location.hash = '#n2'");
    await page.evaluate("for (const one of document.querySelectorAll('#n2, #n2 details')) one.open = true");
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))");
    const detail = await text("#n2");
    expect(detail).toContain("check failed");
    expect(detail).toContain("no file passed");
    expect(detail).toContain("check passed");
    const steps = await text("#n2 .steps");
    expect(steps).toContain("Bash echo 'price: 0.4 %'; seq 1 200");
    expect(steps).toContain("✓ price: 0.4 %");
    expect(steps).toContain("✗ Exit code 1");
    expect(steps).toMatch(/~\$0\.0\d+ {2}42k in \(30k cached\), 900 out/);

    expect(await page.evaluate("document.title")).toBe(
      `Compare three banks · cord run ${await shortId(world)}`,
    );
    expect(await page.evaluate("document.images.length")).toBe(0);
    expect(page.complaints).toEqual([]);
    expect(page.requests).toEqual([]);

    // its log is followed to its end, with its checks as they are run
    expect((await followed.ended).out).toMatch(/^→ Bash: echo [\s\S]*^check failed [\s\S]*^check passed /m);

    // the same in a terminal, of the node and of its run
    const ofRun = await world.cord("logs", (await shortId(world)).slice(0, 8));
    expect(ofRun.out).toMatch(
      /#2 check failed {2}test -e passed[\s\S]*#6 complete[\s\S]*complete but 1 of 6 lost after \d+s\n$/,
    );
    const log = await world.cord("logs", "2", "--run", (await shortId(world)).slice(0, 8));
    expect(log.out).toContain("→ Bash: touch passed; cat nowhere\n  ✗ Exit code 1\n    cat: nowhere:");
    expect(log.out).toMatch(
      /^check failed {2}test -e passed .* exited with 1 .*\n {2}no file passed\ncheck passed /m,
    );
    const entries = (await world.cord("logs", "2", "--json")).out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(entries).toContainEqual(
      expect.objectContaining({ node: 2, attempt: 1, type: "returned", tool: "Bash", failed: true }),
    );
    expect(entries.at(-1)).toMatchObject({ type: "check", verdict: "passed" });
  },
);

browserTest(
  "200 nodes with 50 MB of transcripts make a page that can be used, which says what it leaves out",
  async (browser) => {
    await using world = await runWorld();
    Object.assign(world.env, { PATH: `${world.bin}:/usr/bin:/bin`, CORD_REHEARSAL_MS: "0" });
    const parts = Array.from({ length: 18 }, (_, part) => `- Part ${part}\n${"  - A step\n".repeat(10)}`);
    writeFileSync(join(world.cwd, "plan.md"), `# Two hundred\n\n${parts.join("")}`);
    const { code } = await world.cord("run", "plan.md", "--rehearse", "--max-nodes", "500", "--jobs", "8");
    expect(code).toBe(0);
    const { run, nodes } = await world.client.call("runs/get", {});
    expect(nodes.length).toBe(199);
    const lines = Array.from({ length: 255 }, (_, at) => said(`line ${at}`)).join("\n");
    for (const { dir } of nodes) appendFileSync(join(dir ?? "", "output.jsonl"), `${lines}\n`);

    const { out } = await world.cord("report", run.id, "--html", "run.html");
    const file = out.trim();
    expect(statSync(file).size).toBeLessThan(20_000_000);
    const page = await browser.open(file);
    expect(await page.evaluate("document.querySelectorAll('.tree .row:not(.head)').length")).toBe(199);
    expect(await page.evaluate("document.querySelectorAll('.steps').length")).toBe(0);
    await page.evaluate("location.hash = '#n5'");
    await page.evaluate("for (const one of document.querySelectorAll('#n5, #n5 details')) one.open = true");
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))");
    const detail = String(await page.evaluate("document.querySelector('#n5').innerText"));
    expect(detail).toContain("line 0 ");
    expect(detail).toContain("line 254 ");
    expect(detail).toMatch(/… \d+ entries left out …/);
    expect(detail).toContain(nodes[4]?.dir ?? "no folder");
    expect(detail).toMatch(/cord logs 5 --attempt \d+ --run /);
    expect(page.complaints).toEqual([]);
  },
);

/** A line of an agent that says something long. */
function said(text: string): string {
  const content = [{ type: "text", text: `${text} ${"x".repeat(1000)}` }];
  return JSON.stringify({ type: "assistant", message: { id: text, content } });
}

async function shortId(world: World): Promise<string> {
  const { run } = await world.client.call("runs/get", {});
  return run.id.slice(0, 13);
}

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

test("a page is named after its run, is its owner's, and can be opened; a run is found by the beginning of its id", async () => {
  await using world = await runWorld();
  await rehearsed(world);
  const opened = join(world.home, "opened");
  world.program("xdg-open", `echo "$1" >'${opened}'`);
  const { run } = await world.client.call("runs/get", {});
  const id = run.id.slice(0, 13);
  const named = await world.cord("report", id.slice(0, 10), "--html");
  expect(named.out).toBe(`${join(world.cwd, `cord-report-${id}.html`)}\n`);
  expect(statSync(named.out.trim()).mode & 0o777).toBe(0o600);
  const kept = join(world.data, "cord/reports");
  mkdirSync(kept, { recursive: true });
  for (let number = 10; number < 40; number += 1) {
    const page = join(kept, `cord-report-01a2${number}00.html`);
    writeFileSync(page, "earlier");
    utimesSync(page, number, number);
  }
  const { out } = await world.cord("report", "--open");
  expect(readFileSync(opened, "utf8")).toBe(out);
  const left = readdirSync(kept);
  expect(left).toHaveLength(20);
  expect(left).toContain("cord-report-01a22100.html");
  expect(left).not.toContain("cord-report-01a22000.html");
  expect(out).toContain(world.data);

  const one = await world.cord("runs", id.slice(0, 8));
  expect(one.out).toMatch(/^state {5}complete$/m);
  expect(one.out).toMatch(/^nodes {5}5 of 5 complete$/m);
  expect(one.out).toContain(`cord report ${id}`);
  expect(JSON.parse((await world.cord("runs", id, "--json")).out)).toMatchObject({
    id: run.id,
    standing: "complete",
  });

  const meant = await world.cord("report", "--html", id);
  expect(meant.code).toBe(64);
  expect(meant.err).toContain(`cord report ${id} --html`);
  expect(existsSync(join(world.cwd, id))).toBe(false);
});
