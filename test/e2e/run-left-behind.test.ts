import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { processIdentity } from "../../src/system/process-identity.ts";
import { freePort } from "../support/machine/free-port.ts";
import { call, say } from "../support/claude/model.ts";
import { roles, runWorld } from "../support/machine/run-world.ts";

/** What agents start and leave behind. */

test("what was started in the run's directory by nobody of the run is told at its end, and left alone", async () => {
  await using world = await runWorld(
    roles({
      "#1": ({ stepSincePrompt }) => {
        // as a service that an agent has asked would do it
        if (stepSincePrompt === 0)
          Bun.spawnSync(["setsid", "sh", "-c", "sleep 1000 >&- 2>&- & echo $! > pid"], { cwd: world.cwd });
        return stepSincePrompt === 0 ? call("complete", { result: "Asked for." }) : say("Done.");
      },
    }),
  );
  const { code, err } = await world.cord("run", "Ask a service");
  const pid = Number(readFileSync(join(world.cwd, "pid"), "utf8"));
  expect(processIdentity(pid)).not.toBeNull();
  process.kill(pid, "SIGKILL");
  expect(code).toBe(0);
  expect(err).toContain(`left       sleep (pid ${pid}) was started in the run's directory meanwhile`);
});

test("a process that an agent hid is ended with its attempt; a daemon that its cord command started is everybody's", async () => {
  const url = `http://127.0.0.1:${await freePort()}/`;
  const hide = `(env -i setsid sh -c '(setsid sh -c "echo \\$\\$ > pid; exec sleep 1000" >/dev/null 2>&1 &)')`;
  await using world = await runWorld(
    roles({
      "#1": ({ stepSincePrompt }) => {
        if (stepSincePrompt === 1) return call("complete", { result: "Hidden." });
        if (stepSincePrompt > 1) return say("Done.");
        const other = `CORD_DB=${world.cwd}/other.db ${world.binary} status --url ${url}`;
        return call("Bash", { command: `${hide}; until [ -s pid ]; do sleep 0.02; done; ${other}` });
      },
    }),
  );
  const { code, out } = await world.cord("run", "Hide something");
  expect({ code, out }).toEqual({ code: 0, out: "Hidden.\n" });
  const pid = Number(readFileSync(join(world.cwd, "pid"), "utf8"));
  expect(pid).toBeGreaterThan(1);
  expect(processIdentity(pid)).toBeNull();
  expect((await fetch(`${url}healthz`)).status).toBe(200);
});
