/** Waiting is cut into pieces of this length, each of which counts as no more than itself. */
const pieceMs = 1000;

/**
 * Runs something once this process has been awake for so long, unless the returned function is called first. An ordinary
 * timer that is due while the process is stopped, or the machine asleep, fires at the first moment after, before what the
 * others have sent could be looked at: after a closed laptop everything would be late at once. Nor has this one a longest time.
 */
export function afterAwake(ms: number, run: () => void, start: StartTimer = defaultTimer): () => void {
  let left = ms;
  let stop: () => void;
  const wait = () => {
    const piece = Math.min(left, pieceMs);
    stop = start(() => {
      left -= piece;
      if (left > 0) wait();
      else run();
    }, piece);
  };
  wait();
  return () => stop();
}

/** What one ordinary timer may wait at most, in milliseconds: 24.8 days. With more it would fire at once. */
export const maxTimerMs = 2_147_483_647;

type StartTimer = (run: () => void, ms: number) => () => void;

const defaultTimer: StartTimer = (run, ms) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
};
