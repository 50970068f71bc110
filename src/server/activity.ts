import { afterAwake } from "../system/awake-timer.ts";

/** What goes on at a daemon, and the two ways in which it comes to its end by itself. */
export interface Activity {
  /** Resolves once no request was under way for the time given, and nothing else holds the daemon. */
  idle: Promise<void>;
  /** Resolves soon after `tell`, once the answer to that is out, to the version of the daemon that takes its place, if one does. */
  told: Promise<string | null>;
  /** Counts a request or a stream that is under way, until the returned function is called. */
  begin(): () => void;
  tell(successor: string | null): void;
  /** There is nothing left to do here but to say so for a while: idle resolves after that. */
  giveUp(): void;
  stop(): void;
}

export function activityOf(idleExitSeconds: number | null, isQuiet: () => Promise<boolean>): Activity {
  const [idle, told] = [Promise.withResolvers<void>(), Promise.withResolvers<string | null>()];
  let stopTimer: (() => void) | undefined;
  let givenUp: NodeJS.Timeout | undefined;
  let underWay = 0;
  const arm = () => {
    if (idleExitSeconds === null) return;
    stopTimer?.();
    // an ordinary timer of more than 24.8 days would fire at once
    stopTimer = afterAwake(idleExitSeconds * 1000, async () => {
      const quiet = await isQuiet();
      // what has begun meanwhile arms it again at its end
      if (underWay > 0) return;
      if (quiet) idle.resolve();
      else arm();
    });
  };
  arm();
  return {
    idle: idle.promise,
    told: told.promise,
    begin: () => {
      underWay += 1;
      stopTimer?.();
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        underWay -= 1;
        if (underWay === 0) arm();
      };
    },
    tell: (successor) => void setTimeout(told.resolve, answerMs, successor),
    giveUp: () => void (givenUp ??= setTimeout(idle.resolve, saidForMs)),
    stop: () => {
      stopTimer?.();
      clearTimeout(givenUp);
    },
  };
}

const answerMs = 20;
const saidForMs = 600_000;
