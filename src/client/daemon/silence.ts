import { afterAwake } from "../../system/awake-timer.ts";
import { hangsAt } from "../connection/answered.ts";

/**
 * Tells a person, once each time, that a daemon lets them wait: whoever has started something looks at the screen, and a
 * call is given up only after half a minute. `tell` is given one line.
 */
export function tellOfSilence(
  tell: (line: string) => void,
  afterMs = silentMs,
): (url: string, answer: Promise<unknown>) => void {
  let said = false;
  return (url, answer) => {
    const isLate = async () => {
      if (said) return;
      said = true;
      const what =
        (await hangsAt(url)) ?? `The cord daemon at ${url} has not answered for ${afterMs / 1000} s.`;
      tell(`cord: ${what}`);
    };
    const stop = afterAwake(afterMs, () => void isLate());
    const isThere = () => {
      if (said) tell(`cord: The cord daemon at ${url} answers again.`);
      said = false;
    };
    answer.then(isThere, () => {}).finally(stop);
  };
}

const silentMs = 3000;
