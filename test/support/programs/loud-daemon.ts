import { complain } from "../../../src/server/complaints.ts";
import { keepLogSmall } from "../../../src/system/rotated-log.ts";

/** Complains as fast as it can, past all that holds it back, and keeps its log, which is its stderr, as a daemon does. */
const [log = ""] = process.argv.slice(2);
keepLogSmall(log, complain, 10);
for (let number = 0; ; number += 1) {
  console.error(`cord serve: complaint ${number}, ${"and all that there is to say of it ".repeat(30)}`);
  if (number % 100 === 0) await Bun.sleep(1);
}
