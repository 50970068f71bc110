import { cordBinary } from "./support/cord.ts";
import { quick } from "./support/rows.ts";

/** Every benchmark, one after the other: `bun scripts/bench/all.ts [--quick]`. On a machine that does nothing else. */

await cordBinary();
let failed = 0;
for (const name of [
  "startup",
  "instead",
  "bridge",
  "claims",
  "watch",
  "tabs",
  "sizes",
  "history",
  "searches",
  "crash",
  "engine",
  "agents",
  "keys",
  "bulk",
  "protocols",
]) {
  const child = Bun.spawn(
    [process.execPath, `${import.meta.dir}/${name}.ts`, ...(quick ? ["--quick"] : [])],
    {
      stdio: ["ignore", "inherit", "inherit"],
    },
  );
  if ((await child.exited) !== 0) {
    failed += 1;
    console.log(`${name} broke off`);
  }
}
process.exitCode = failed === 0 ? 0 : 1;
