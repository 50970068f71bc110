import { unified, usedUp } from "../claude/subscription.ts";
import type { Script } from "../claude/model.ts";
import type { Random } from "../random.ts";

/** A subscriber's account whose window closes now and then, until a person says that it is open again. */
export interface Account {
  script: Script;
  isClosed(): boolean;
  open(): void;
  /** how often it has been used up */
  closings(): number;
}

const resetsAt = () => Date.now() + 3_600_000;

/** Each answer has its price, and some requests meet an API that is overloaded. */
export function accountFor(script: Script, random: Random): Account {
  const answersOnce = () => 1 + random.int(mostAnswers);
  const state = { isClosed: false, closings: 0, left: answersOnce(), answers: 0 };
  return {
    isClosed: () => state.isClosed,
    closings: () => state.closings,
    open() {
      state.isClosed = false;
      state.left = answersOnce();
    },
    async script(turn) {
      if (state.isClosed) return usedUp(resetsAt());
      if (random.chance(overloaded)) return { error: { status: 529 } };
      state.left -= 1;
      if (state.left === 0) {
        state.isClosed = true;
        state.closings += 1;
        return usedUp(resetsAt());
      }
      state.answers += 1;
      const reply = await script(turn);
      if ("error" in reply || "hang" in reply || "cut" in reply) return reply;
      // no two cost the same
      const output_tokens = Math.ceil(JSON.stringify(reply).length / charactersPerToken);
      const usage = { input_tokens: 2000 + state.answers, output_tokens };
      return { ...reply, usage, headers: unified({ utilization: 0.5, resetsAt: resetsAt() }) };
    },
  };
}

const overloaded = 0.02;
const charactersPerToken = 4;
/** before the window closes, after it has opened */
const mostAnswers = 50;
