import { complain } from "../../../src/server/complaints.ts";

/** Has a thousand different things to complain of at once, and one of them again and again. */
for (let number = 0; number < 1000; number += 1) {
  complain("the same");
  complain(`thing ${number} ${"x".repeat(10_000)}`);
}
