/** Waiting is cut into pieces of this length, each of which counts as no more than itself. */
const pieceMs = 1000;

/**
 * Runs something once this process has been awake for `ms` milliseconds, unless the returned function is called
 * first. An ordinary timer that falls due while the process is stopped or the machine sleeps fires at once
 * afterwards, before what others have sent is read: after a closed laptop everything would be late. This timer also
 * has no maximum.
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

/** The longest time of an ordinary timer, in milliseconds: 24.8 days. A longer one would fire at once. */
export const maxTimerMs = 2_147_483_647;

type StartTimer = (run: () => void, ms: number) => () => void;

const defaultTimer: StartTimer = (run, ms) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
};
