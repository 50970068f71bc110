import { expect, test } from "bun:test";
import { renameSync } from "node:fs";
import { startInPlace } from "../../../src/cli/serve/hand-over.ts";
import { tokenFile } from "../../../src/client/paths.ts";
import { daemonToken } from "../../../src/client/token.ts";
import { environment } from "../../../src/system/environment.ts";
import { daemonProcess } from "../../support/machine/daemon.ts";

test("one that another program is ending, and that still answers, is looked at again and not taken for somebody else's", async () => {
  const token = daemonToken();
  const dataHome = environment.XDG_DATA_HOME;
  if (dataHome === undefined) throw new Error("The sandbox has its own XDG_DATA_HOME.");
  await using before = await daemonProcess({ dataHome, args: ["--on-demand"] });
  const [said, away] = [`${before.database}.address`, `${before.database}.away`];
  renameSync(said, away);
  let looks = 0;
  const daemon = await startInPlace(
    {
      hostname: "127.0.0.1",
      port: before.port,
      database: before.database,
      token,
      tokenFile: tokenFile(),
      open: false,
      exposed: false,
      idleExitSeconds: null,
      vault: null,
      // asked at each look: what it has withdrawn at the first it has said again at the second
      get started() {
        looks += 1;
        if (looks === 1) renameSync(away, said);
        return "hand" as const;
      },
    },
    null,
  );
  expect(await before.exited).toBe(0);
  expect(daemon.url).toBe(`http://127.0.0.1:${before.port}/`);
  await daemon.stop();
});
